"""Short answers to a mistyped command: what is wrong, and what would have worked."""

import difflib
import re
from collections.abc import Iterable, Sequence

from hydra.errors import OverrideParseException
from yaml import YAMLError

from segmentlab.errors import ConfigError
from segmentlab.lab.config.folders import list_options, list_overlays
from segmentlab.lab.config.options import (
    Option,
    list_chosen_options,
    list_groups,
    list_option_parameters,
    list_parameters,
)

MISSING_OPTION = re.compile(r"Could not (?:find|load) '(?P<group>[\w/]+)/(?P<option>[^']*)'")
UNKNOWN_KEY = re.compile(
    r"(?:Could not override '(?P<override>[^']+)')|(?:Key '(?P<key>[^']+)' (?:is )?not in)"
)
OF_A_FILE = re.compile(r"In '([^']+)': ")
OVERLAYS = "experiments"
SEVERAL_VALUES = re.compile(r"Ambiguous value for argument '(?P<word>[^']*)'")
KEY = re.compile(r"(\+{0,2}|~)[A-Za-z0-9_./@:$-]{1,200}")
LONGEST_SHOWN = 80  # letters of a word that is shown again
HINTS = {  # what Hydra says of a value in ${}, and what we say instead
    r"KeyError raised while resolving interpolation: \"Environment variable '(\w+)' not found\"": (
        r"the environment variable \1 is not set. Set it, or write ${oc.env:\1,default}"
    ),
    r"Unsupported interpolation type (\S+)": r"there is no ${\1:...}. Write a value, or ${oc.env:NAME}",
    r"Interpolation key '([^']+)' not found": (
        r"${\1} stands for a parameter, and there is none of that name. Write one that is there, or a value"
    ),
    r"Recursive interpolation detected": "it is made of itself. Write a value for one of those it refers to",
    r"no viable alternative at input '(\$\{.*)'": r"\1 is not closed. Write ${name}, or a value",
    r"^LexerNoViableAltException: .*": "a quote or a bracket is not closed",
    r"\w+ \(DictConfig\) does not support deletion": "it can't be taken away. Set it to what it shall be",
    r"Missing mandatory value: (\w+)": r"\1 can't do without an option. Choose one, \1=<option>",
    r"force-add of config groups is not supported: '\+\+(\w+)=.*": (
        r"\1 is a group: choose one of its options, \1=<option>, and change single values of it"
    ),
}
NO_LIST = re.compile(r"\w+ is not a ListConfig, list or tuple")
PLAIN_VALUE = re.compile(r"(?i)[-+]?\d[\d_]*(\.\d*)?(e[-+]?\d+)?|true|false|nan|[-+]?inf")  # to Hydra no text
FILE_ENDING = re.compile(r"\.ya?ml\b")
OVERLAY_ARGUMENT = re.compile(r"^\+?experiment=(?P<names>.*)$")
HYDRA_NOISE = (
    "full_key:",
    "object_type=",
    "reference_type=",
    "To append to your config",
    "Key '",
    "See https:",
)


def explain_error(error: Exception, command: str, typed: Sequence[str] = ()) -> str:
    """Hydra's message in one line, and what was probably meant by what was typed."""
    if isinstance(error, RecursionError | YAMLError):
        return _explain_file(error)
    where, what = str(error), str(error.__cause__ or error)  # Hydra wraps the one in the other
    option = MISSING_OPTION.search(where) or MISSING_OPTION.search(what)
    if option:
        return _explain_unknown_option(option["group"], option["option"], command)
    key = UNKNOWN_KEY.search(where) or UNKNOWN_KEY.search(what)
    if key:
        return _explain_key(key["override"] or key["key"], OF_A_FILE.search(where), command, typed)
    several = SEVERAL_VALUES.search(what)
    if several:
        return f"{several['word']}: several values need -m, which makes a run of each. A list is [a,b]."
    if isinstance(error, OverrideParseException) and "=" not in error.override:
        return f"{error.override}: expected <group>=<option> or <parameter>=<value>. See --help."
    return _shorten_message(error, what)


def _explain_file(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return "A file of choices asks for itself, or two for each other. Look at defaults: in your files."
    return f"A file of choices can't be read: {' '.join(str(error).split())}."


def _explain_key(key: str, file: re.Match[str] | None, command: str, typed: Sequence[str]) -> str:
    """Whose it is, or what was meant; and in which file, where it was not typed."""
    if file and key == OVERLAYS:
        return f"{file[1]}: a file of experiments/ begins with the line '# @package _global_'."
    told = _explain_unknown_key(key, command, typed)
    return f"{file[1]}: {told}" if file else told


def check_options(words: Sequence[str], command: str) -> None:
    """Refuse what is no mistake to Hydra's grammar, or only one in words that help nobody."""
    for word in words:
        key, parted, value = word.partition("=")
        if parted and not key.startswith("-") and not KEY.fullmatch(key):
            raise ConfigError(
                f"{_shorten(word)}: expected <group>=<option> or <parameter>=<value>, with a name of letters "
                "from a to z, digits, _ and dots before the =. See --help."
            )
        if value in ("null", "") and key in list_groups(command):
            known = ", ".join(path.stem for path in list_options(key))
            raise ConfigError(f"{word}: a group takes one of its options. There are: {known}.")
        if PLAIN_VALUE.fullmatch(value) and key in list_groups(command):
            known = ", ".join(path.stem for path in list_options(key))
            raise ConfigError(f"{word}: there is no such option. There are: {known}.")
        if FILE_ENDING.search(value) and key in list_groups(command):
            plain = FILE_ENDING.sub("", value)
            raise ConfigError(f"{word}: there is no such option. Leave out the ending: {key}={plain}.")


def complete_overlay(argument: str) -> str:
    """`experiment=0001` names the overlay in experiments/ that begins so; several are parted by commas."""
    found = OVERLAY_ARGUMENT.match(argument)
    if not found:
        return argument
    return "experiments=" + ",".join(_find_overlay_name(name) for name in found["names"].split(","))


def _shorten_message(error: Exception, text: str) -> str:
    """Hydra's own words without what only helps those who develop it."""
    kept = [
        line.strip()
        for line in text.splitlines()
        if line.strip() and not line.strip().startswith(HYDRA_NOISE)
    ]
    found = re.search(r"full_key: (\S+)", text)
    where = error.override if isinstance(error, OverrideParseException) else found and found[1]
    told = NO_LIST.sub(f"expected a list, as in {where}=[a,b]", " ".join(kept))
    for said, says in HINTS.items():
        told = re.sub(said, says, told)
    if isinstance(error, OverrideParseException):
        told += f". If it is a text, put it in quotes: \"{error.override.partition('=')[0]}='...'\""
    return f"{where}: {told}" if where else told


def _shorten(word: str) -> str:
    return word if len(word) <= LONGEST_SHOWN else f"{word[:LONGEST_SHOWN]}..."


def _find_overlay_name(name: str) -> str:
    known = [path.stem for path in list_overlays()]
    if not known:
        raise ConfigError(
            f"experiment={name}: there are no experiments here. An experiment is a file of choices, "
            "experiments/<name>.yaml, in the folder that the command is typed in."
        )
    matches = [stem for stem in known if stem == name or stem.split("_")[0] == name]
    if len(matches) == 1:
        return matches[0]
    raise ConfigError(f"experiment={name}: no such overlay in experiments/. There are: {', '.join(known)}.")


def _explain_unknown_option(group: str, option: str, command: str) -> str:
    offered = list_groups(command)
    if group not in offered:
        return f"There is no group '{group}'. {find_nearest_name(group, offered)}"
    known = [path.stem for path in list_options(group)]
    return f"{group}={_shorten(option)}: there is no such option. {find_nearest_name(option, known)}"


def _explain_unknown_key(key: str, command: str, typed: Sequence[str]) -> str:
    """A key of an option that was not chosen is no mistake in writing: say whose it is."""
    groups, stem = list_groups(command), key.partition(".")[0]
    if key in groups:
        return f"{key} is a group: choose one of its options, {key}=<option>. See --help."
    offered = list_option_parameters(command)
    chosen = [option for option in list_chosen_options(command, typed) if option in offered]
    owners = [option for option, keys in offered.items() if key in keys and option not in chosen]
    group = owners[0].group if owners else stem
    has = "; ".join(_describe_option(option, offered[option]) for option in chosen if option.group == group)
    if owners:
        return f"{key} belongs to {', '.join(map(str, owners))}. {has}. {_tell_choice(owners[0], chosen)}"
    own = {*groups, *list_parameters(command)}
    near = _find_nearest_key(key, own.union(*(offered[option] for option in chosen)), groups)
    if near:
        return f"{key}: there is no such parameter. Did you mean {near}?"
    near = _find_nearest_key(key, set().union(*offered.values()), groups)
    if near:
        owner = next(option for option, keys in offered.items() if near in keys)
        return f"{key}: there is no such parameter. Did you mean {near}, of {owner}?"
    there = f"{has}." if has else find_nearest_name(stem, sorted(name for name in own if "." not in name))
    return f"{key}: there is no such parameter. {there}"


def _find_nearest_key(key: str, known: Iterable[str], groups: Sequence[str]) -> str | None:
    """Where the beginning of a key is right, its last part is what was mistyped."""
    place, _, last = key.rpartition(".")
    beside = {name.rpartition(".")[2]: name for name in known if name.rpartition(".")[0] == place}
    if place and (beside or place.partition(".")[0] in groups):
        near = difflib.get_close_matches(last, sorted(beside), n=1)
        return beside[near[0]] if near else None
    alike = sorted(name for name in known if name.count(".") == key.count("."))
    return next(iter(difflib.get_close_matches(key, alike, n=1)), None)


def _describe_option(option: Option, keys: Iterable[str]) -> str:
    """`model=kmeans has n_clusters, n_init`; what is inside a parameter belongs to it."""
    own = f"features.{option.name}." if option.group == "features" else f"{option.group}."
    names = sorted(key.removeprefix(own) for key in keys if key.startswith(own))
    return f"{option} has {', '.join(name for name in names if '.' not in name) or 'no parameter'}"


def _tell_choice(owner: Option, chosen: Sequence[Option]) -> str:
    """How the owner of a key is chosen; sets of features go together."""
    if owner.group != "features":
        return f"Type {owner} as well to choose it."
    sets = [option.name for option in (*chosen, owner) if option.group == "features"]
    return f"Type features=[{','.join(sets)}] as well to add it."


def find_nearest_name(name: str, known: Sequence[str]) -> str:
    """The known name that was probably meant, or all of them."""
    near = difflib.get_close_matches(name, known, n=1)
    if near:
        return f"Did you mean {near[0]}?"
    shown = ", ".join(known[:30])
    return f"There are: {shown}."
