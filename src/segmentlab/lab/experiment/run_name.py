"""What a run is called: in few words what was chosen, and what is not as it is by default."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from omegaconf import OmegaConf

from segmentlab.lab.config import Option, Setup, list_default_options, read_option_values, read_values
from segmentlab.modelling import K_PARAMETERS

LONGEST_NAME: Final = 60  # letters; MLflow's list shows some twenty, a table of ours all
MOST_DIFFERENCES: Final = 3
LONGEST_WORD: Final = 24
GROUPS: Final = ("prepare", "projection", "model", "outliers", "one_time", "cleaning", "features")
NAMED_VALUES: Final = ("as_of", "leave_out", "seed")
# Where data lies and what its columns are called is no choice of a segmentation.
DATA_VALUES: Final = (
    "customers", "structure", "after_law", "seasonal", "subscribers", "tastes", "campaign_day",
    "seed",
    "sheets", "customer_by", "query", "on_bad_rows",
)  # fmt: skip
# Groups whose options say by themselves what they are.
CLEAR_GROUPS: Final = ("prepare", "projection", "experiments")


def name_run(setup: Setup) -> str:
    """`synthetic rfm+rhythm kmeans k=5 standard`: what differs between the runs of a multirun is in it."""
    data, model = _name_data(setup), setup.choices["model"]
    room = LONGEST_NAME - len(f"{data}  {model} k=10")
    words = [data, _shorten("+".join(map(str, setup.config.features)), room), model]
    k = next((name for name in K_PARAMETERS if name in setup.config.model), None)
    if setup.choices["tune"] != "none":
        words.append("tuned")
    elif k is not None:
        words.append(f"k={setup.config.model[k]}")
    told = {"data", "features", "model", "tune", f"model.{k}"}
    varied = dict(word.lstrip("+").partition("=")[::2] for word in setup.varied)
    words += [_write_word(key, value) for key, value in varied.items() if key not in told]
    others = [_write_word(*pair) for pair in _list_differences(setup) if pair[0] not in {*told, *varied}]
    for word in others[:MOST_DIFFERENCES]:
        if len(" ".join([*words, word])) <= LONGEST_NAME:
            words.append(word)
    return " ".join(words)


def _name_data(setup: Setup) -> str:
    """The option, or the file or table that somebody named."""
    data, option = setup.config.data, setup.choices["data"]
    named = {"file": Path(data.get("path") or option).stem, "database": data.get("table") or option}
    return _shorten(named.get(option, option), LONGEST_WORD)


def _list_differences(setup: Setup) -> Iterator[tuple[str, object]]:
    """Choices that are not those of conf/, the most telling first."""
    overlay = setup.choices.get("experiments", "None")
    if overlay != "None" and not overlay.startswith("again_"):
        yield "experiments", overlay
    usual = list_default_options(setup.command)
    values = dict(_flatten(OmegaConf.to_container(setup.config, resolve=True)))
    written = dict(_flatten(read_values(setup.command)))
    data = _read_options(setup, "data")  # it may bring a rule of cleaning
    for group in GROUPS:
        if setup.choices.get(group, "None") not in ("None", *usual[group]):
            yield group, setup.choices[group]
        written_there = _read_options(setup, group)
        yield from _compare(values, written_there and {**written_there, **data}, group)
    yield from ((name, values[name]) for name in NAMED_VALUES if values[name] != written[name])
    yield from (pair for pair in _compare(values, data, "data") if pair[0].split(".")[1] in DATA_VALUES)


def _read_options(setup: Setup, group: str) -> dict[str, object]:
    """What the files of the options that were chosen of a group say."""
    chosen = map(str, setup.config.features) if group == "features" else [setup.choices[group]]
    return {key: value for name in chosen for key, value in _flatten(read_option_values(Option(group, name)))}


def _compare(
    values: Mapping[str, object], written: Mapping[str, object], group: str
) -> Iterator[tuple[str, object]]:
    """The values of a group that are not as written; what follows from another value is no choice."""
    if not written:
        return  # no option, but an overlay's own
    for key, value in values.items():
        usual = written.get(key)
        if key.startswith(f"{group}.") and value != usual and "$" not in str(usual) and "._" not in key:
            yield key, value


def _write_word(key: str, value: object) -> str:
    """`standard` of an option that is clear by itself, `eps=0.3` of any other choice."""
    text = "+".join(map(str, value)) if isinstance(value, list) else str(value)
    if key == "experiments":
        text = re.sub(r"^(\d+\w?)_.*", r"\1", text)  # a note's number
    if key in CLEAR_GROUPS:
        return _shorten(text, LONGEST_WORD)
    return f"{key.rpartition('.')[2]}={_shorten(text, LONGEST_WORD)}"


def _flatten(node: Any, prefix: str = "") -> Iterator[tuple[str, object]]:  # noqa: ANN401  (nested values)
    for key, value in node.items():
        dotted = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, Mapping):
            yield from _flatten(value, dotted)
        else:
            yield dotted, value


def _shorten(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
