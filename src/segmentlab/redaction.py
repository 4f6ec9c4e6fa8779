"""Keeps passwords and tokens out of what people read: messages, names, tags, reports, records.

Two ways beside each other. A secret is known by how it is written: the user of an address, the value of
`password=`. And by what it is: what the environment, the words of a command and its configuration hold in
such a place is learnt, and taken out wherever it turns up, as in the words of a driver that repeats it.
"""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote, quote_plus, unquote

HIDDEN: Final = "***"
SHORTEST_SECRET: Final = 5  # letters; less would be found in words that are none
FOLDERS: Final = {"PWD", "OLDPWD"}  # variables of every shell
ORDINARY: Final = re.compile(r"\d{1,7}|false|default|required|optional", re.IGNORECASE)  # no secret at all
_NAMES = (
    r"(?:pass(?:word|wd|phrase)|pwd|secret(?:[_-]?key)?|token|(?:api|access|signing)[_-]?key|credential)s?"
)
_SECRET_NAME = re.compile(rf"(?i){_NAMES}(?:_?\d+)?$")
# Greedy up to the last @ of the word: a password may itself hold an @ or a slash.
_USER_INFO = re.compile(r"(?<=://)(?P<user>[^\s:]*?)(?::(?P<password>\S*))?@(?!\S*@)")
# `user:password@host` of an address that lacks its beginning, or a slash of it.
_BARE_USER_INFO = re.compile(r"(?<![\w:])(?P<user>[^\s:/@'\"={},]+):(?P<password>[^\s/@'\"]+)@(?=[\w.\[-])")
_SECRET_OPTION = re.compile(
    rf"(?i)(?P<name>(?<![a-z0-9])[\w.-]*{_NAMES}['\"]?\s*(?::=|=>|[=:])\s*)"
    rf"(?:'(?P<single>[^'\n]*)'|\"(?P<double>[^\"\n]*)\"|(?P<plain>[^\s&;,'\"}})\]]+))"
)
_KNOWN: Final[dict[str, re.Pattern[str]]] = {}  # each secret, and what finds it in whatever spelling


def is_secret_name(name: str) -> bool:
    """Whether a parameter, an option or a variable of this name holds a secret."""
    return name not in FOLDERS and _SECRET_NAME.search(name) is not None


def redact_text(text: str) -> str:
    """The text with every secret in it replaced by `***`: what looks like one, and what is known as one."""
    text = _USER_INFO.sub(f"{HIDDEN}@", redact_known(text))
    return _SECRET_OPTION.sub(rf"\g<name>{HIDDEN}", _BARE_USER_INFO.sub(f"{HIDDEN}@", text))


def redact_known(text: str) -> str:
    """The text without the secrets known by what they are: for pages, whose scripts may have any word."""
    for pattern in _KNOWN.values():
        text = pattern.sub(HIDDEN, text)
    return text


def learn_secrets(node: object, name: str = "") -> None:
    """Remember what stands in the place of a secret, in a text or in nested values with their names."""
    match node:
        case Mapping():
            for key, child in node.items():
                learn_secrets(child, str(key))
        case str():
            _remember(_find_secrets(node))
            if is_secret_name(name):
                _remember([node])
        case list() | tuple():
            for child in node:
                learn_secrets(child, name)


def _find_secrets(text: str) -> Iterator[str]:
    """What stands where secrets stand. A password that is the user's name too is none."""
    for found in _SECRET_OPTION.finditer(text):
        yield found["single"] or found["double"] or found["plain"] or ""
    for pattern in (_USER_INFO, _BARE_USER_INFO):
        for found in pattern.finditer(text):
            user, password = found["user"], found["password"]
            if password is None:
                yield user
            elif unquote(password) != unquote(user):
                yield password


def _remember(secrets: Iterable[str]) -> None:
    for secret in secrets:
        for one in {secret, unquote(secret)}:
            if one not in _KNOWN and _is_worth_hiding(one):
                spelled = {one, quote(one, safe=""), quote_plus(one), html.escape(one), json.dumps(one)[1:-1]}
                either = "|".join(map(re.escape, sorted(spelled, key=len, reverse=True)))
                _KNOWN[one] = re.compile(rf"(?<![A-Za-z0-9])(?:{either})(?![A-Za-z0-9])")


def _is_worth_hiding(text: str) -> bool:
    """Long enough, and neither a placeholder nor a word that stands in every other sentence."""
    told = HIDDEN in text or "${" in text
    return len(text) >= SHORTEST_SECRET and not told and not ORDINARY.fullmatch(text)


def redact_values(node: Any, name: str = "") -> Any:  # noqa: ANN401  (nested values of any kind)
    """Nested values with `***` for every secret among them."""
    match node:
        case Mapping():
            return {key: redact_values(child, str(key)) for key, child in node.items()}
        case list() | tuple():
            return [redact_values(child, name) for child in node]
        case str() if is_secret_name(name):
            return HIDDEN
        case str():
            return redact_text(node)
    return node
