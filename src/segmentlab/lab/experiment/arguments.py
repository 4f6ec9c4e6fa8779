"""From arguments of Python to words of the command line, so that both mean the same."""

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np

from segmentlab.errors import ConfigError
from segmentlab.lab.config import list_groups, list_options

PLAIN: Final = re.compile(r"[A-Za-z0-9_./:@%+-]*[A-Za-z0-9_/]")
COLUMNS: Final[tuple[str, ...]] = (
    "customer_id",
    "invoice_id",
    "product_id",
    "description",
    "quantity",
    "unit_price",
    "line_total",
    "timestamp",
    "country",
)
# Values of the top level of conf/run.yaml that decide a segmentation.
VALUES: Final = ("seed", "as_of", "leave_out", "cache", "report")


def write_choices(choices: Mapping[str, Any]) -> list[str]:
    """`key=value` for each choice: groups and values by their names, all else a parameter of the model.

    `settings` holds further keys as they are on the command line: `{"data.decimal": ","}`.
    """
    groups = list_groups("run")
    written: dict[str, str] = {}
    for name, value in choices.items():
        if name == "settings":
            # How to tune says nothing where nothing is tuned: a laboratory has it for all its calls.
            said = {key: one for key, one in (value or {}).items() if "tune" in choices or key[:5] != "tune."}
            written |= {key: f"{key}={write_value(one, key)}" for key, one in said.items()}
        elif name in groups or name in VALUES:
            written[name] = f"{name}={write_value(value, name)}"
        else:
            key = f"model.{name}"
            written[key] = f"{key}={write_value(value, name)}"
    return sorted(written.values(), key=lambda word: "." in word.partition("=")[0])  # options come first


def copy_settings(settings: object) -> dict[str, Any]:
    """Keys as on the command line with their values; anything else is refused."""
    if settings is not None and not isinstance(settings, Mapping):
        raise ConfigError(
            f"settings is a {type(settings).__name__}. Expected keys with values: {{'seed': 1}}."
        )
    return {str(key): value for key, value in (settings or {}).items()}


def write_columns(columns: Mapping[str, str | None]) -> list[str]:
    """What the source calls our columns, where somebody said it."""
    return [f"data.columns.{name}={write_value(column, name)}" for name, column in columns.items() if column]


def write_value(value: Any, name: str) -> str:  # noqa: ANN401  (whatever somebody gave)
    """A value in the grammar of the command line."""
    match value:
        case None:
            return "null"
        case bool() | np.bool_():
            return str(bool(value)).lower()
        case int() | float() | np.integer() | np.floating():
            return repr(value.item() if isinstance(value, np.generic) else value)
        case date() | Path() | str():
            return _write_text(value.isoformat() if isinstance(value, date) else str(value))
        case Mapping():
            inner = (f"{key}: {write_value(one, name)}" for key, one in value.items())
            return f"{{{', '.join(inner)}}}"
        case Sequence() | range() | set() | np.ndarray():
            return f"[{','.join(write_value(one, name) for one in value)}]"
    raise ConfigError(
        f"{name} is a {type(value).__name__}. Expected a number, a text, a date, a list or a mapping of them."
    )


def check_choices(choices: Mapping[str, Any], known: Sequence[str]) -> None:
    """Refuse a name that is one letter away from a choice: it would be taken for a parameter of the model."""
    for name in choices:
        near = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
        if near and name not in known:
            raise ConfigError(f"{name}: there is no such argument. Did you mean {near[0]}?")


def name_data(data: object) -> Iterator[str]:
    """A data set's name, or the path of a file; a path that begins like a name has a dot or a slash."""
    text = str(data)
    options = [path.stem for path in list_options("data")]
    if isinstance(data, str) and text in options:
        yield f"data={text}"
        return
    if not Path(text).exists():
        near = difflib.get_close_matches(text, options, n=1)
        hint = f" Did you mean the data set {near[0]}?" if near else ""
        raise ConfigError(
            f"{text}: there is no such file, and no such data set ({', '.join(options)}).{hint}"
        )
    yield "data=file"
    yield f"data.path={_write_text(str(Path(text)))}"


def _write_text(text: str) -> str:
    """Without quotes where the grammar reads it as the same text."""
    reserved = {"null", "true", "false", "nan", "inf"}
    if PLAIN.fullmatch(text) and text.lower() not in reserved and not _is_number(text):
        return text
    escaped = re.sub(r"(\\*)\"", r'\1\1\\"', text)
    trailing = re.search(r"\\*$", escaped)
    return f'"{escaped}{trailing[0] if trailing else ""}"'


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
