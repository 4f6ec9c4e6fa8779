"""The data that a run was made of, opened again for other segments of it."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from omegaconf import OmegaConf

from segmentlab.errors import ConfigError
from segmentlab.evaluation import NOT_GIVEN, LoggedRun
from segmentlab.lab.config import Option, list_options, read_option_values
from segmentlab.lab.experiment.again import read_logged_config
from segmentlab.lab.experiment.lab import Lab
from segmentlab.lab.tracking import MlflowTracker
from segmentlab.report import SHOWN_ID

# What may be written otherwise by whoever opens the data: where it lies on this machine.
REFERENCE: Final = "${"


def open_run_data(tracker: MlflowTracker, run: LoggedRun, settings: Mapping[str, Any]) -> Lab:
    """A laboratory of the data of a run, read in the same way; `settings` are of this machine.

    Raises:
        ConfigError: The data was a table in memory, or is of no option that is known here.
    """
    name = run.params.get("data", "")
    if name == "memory":
        raise ConfigError(
            f"Run {run.run_id[:SHOWN_ID]} is of a table in memory, which nobody kept. Write it to a file, "
            "and explore that."
        )
    if name not in {path.stem for path in list_options("data")}:
        raise ConfigError(f"The data '{name}' of run {run.run_id[:SHOWN_ID]} is not known here.")
    logged = OmegaConf.to_container(read_logged_config(tracker, run).data, resolve=False)
    assert isinstance(logged, Mapping)
    written = read_option_values(Option("data", name)).get("data", {})
    own = dict(_list_changes(logged, written, "data"))
    day = run.params.get("as_of", NOT_GIVEN[0])
    choices: dict[str, Any] = {} if day in NOT_GIVEN else {"as_of": day}
    if "cleaning" in run.params and run.params["cleaning"] in {
        path.stem for path in list_options("cleaning")
    }:
        choices["cleaning"] = run.params["cleaning"]
    path = own.pop("data.path", None)
    return Lab(path if name == "file" else name, settings={**own, **settings}, **choices)


def _list_changes(logged: Mapping[Any, Any], written: Any, prefix: str) -> Iterator[tuple[str, Any]]:  # noqa: ANN401
    """The values that are not the option's own, dotted; what the option takes from this machine stays."""
    for key, value in logged.items():
        usual = written.get(key) if isinstance(written, Mapping) else None
        if isinstance(value, Mapping):
            yield from _list_changes(value, usual, f"{prefix}.{key}")
        elif value != usual and not key.startswith("_") and REFERENCE not in str(usual):
            yield f"{prefix}.{key}", value
