"""A run as the store tells of it, and what makes two runs alike: their data and their scoring space."""

import math
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

# A run as the store tells of it: what was chosen, what was measured, what was noticed.


COMPARISON_KIND: Final = "comparison"  # the kind of a run that compares others
KIND_TAG: Final = "segmentlab.kind"
DATA_DIGEST_TAG: Final = "data.digest"
CHECKS_TAG: Final = "checks"  # the codes that fired
ERRORS_TAG: Final = "checks.errors"  # how many findings are errors


@dataclass(frozen=True)
class LoggedRun:
    """One finished run, without its files."""

    run_id: str
    name: str
    params: Mapping[str, str]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]

    @property
    def is_segmentation(self) -> bool:
        """Whether the run segmented data; a comparison, or a run that somebody else keeps here, did not."""
        return DATA_DIGEST_TAG in self.tags and self.tags.get(KIND_TAG) != COMPARISON_KIND

    @property
    def errors(self) -> int:
        """How many checks fired as errors; none where nothing was checked."""
        return int(self.tags.get(ERRORS_TAG, "0"))

    def metric(self, name: str) -> float:
        """A number that the run measured, NaN where it could not."""
        return self.metrics.get(name, math.nan)


# The digest already tells these: where the data lies, and how a generated shop was made.
DIGESTED_CHOICES: Final = ("path", "folder", "local", "url", "customers", "seed")
# A choice that was left open is no parameter; version 0.1.0 logged it as such.
NOT_GIVEN: Final = ("None", "[]")
FORMER_DEFAULTS: Final = {"data.decimal": "."}  # 0.1.0 took it as given; it is found now
SPACE_GROUPS: Final = ("cleaning", "features", "outliers", "one_time", "prepare")
ALWAYS_NAMED: Final = ("features", "prepare")
SPACE_DIGEST_LENGTH: Final = 8
LONGEST_SPACE_VALUE: Final = 60


def identify_data(run: LoggedRun) -> Hashable:
    """Equal for runs on the same data, read in the same way, as of the same day."""
    told = {f"data.{name}" for name in DIGESTED_CHOICES}
    reading = {key: value for key, value in run.params.items() if key.startswith("data.") and key not in told}
    return run.tags[DATA_DIGEST_TAG], run.params.get("as_of", "None"), _freeze_given(reading)


def identify_space(run: LoggedRun) -> Hashable:
    """Equal for runs whose raw scores may be compared: the same data, prepared in the same way."""
    return identify_data(run), _freeze_given(_collect_preparation(run))


def select_comparable(run: LoggedRun, other: LoggedRun) -> dict[str, float]:
    """Those numbers of the first run that may be held against the other run's.

    None across data; forecasts over the same days; raw scores within one scoring space.
    """
    if identify_data(run) != identify_data(other):
        return {}
    kinds = {
        "usefulness/": _identify_horizon(run) == _identify_horizon(other),
        "separation/": identify_space(run) == identify_space(other),
    }
    allowed = tuple(kind for kind, alike in kinds.items() if alike)
    return {name: value for name, value in run.metrics.items() if name.startswith(allowed)}


def describe_data(runs: Sequence[LoggedRun]) -> list[str]:
    """Of one run per data: `synthetic 2dba9140`, and the day where one was given."""
    return _number_equal_names([_describe_one_data(run) for run in runs])


def describe_spaces(runs: Sequence[LoggedRun]) -> list[str]:
    """Of one run per space: features and preparation, and whatever else differs from the other spaces."""
    options: dict[str, set[str]] = defaultdict(set)
    values: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    every = set().union(*(_collect_preparation(run) for run in runs))
    for run in runs:
        for group in SPACE_GROUPS:
            options[group].add(run.params.get(group, ""))
        for key in every:
            values[key, _find_option(run, key)].add(run.params.get(key))
    return _number_equal_names(
        [
            " ".join(
                [
                    *(
                        f"{group}={run.params.get(group, '?')}"
                        for group in SPACE_GROUPS
                        if group in ALWAYS_NAMED or len(options[group]) > 1
                    ),
                    *(
                        f"{key}={_shorten_value(value)}"
                        for key, value in _collect_preparation(run).items()
                        if len(values[key, _find_option(run, key)]) > 1
                    ),
                ]
            )
            for run in runs
        ]
    )


def _freeze_given(choices: Mapping[str, str]) -> frozenset[tuple[str, str]]:
    return frozenset(
        (key, value)
        for key, value in choices.items()
        if value not in NOT_GIVEN and value != FORMER_DEFAULTS.get(key)
    )


def _identify_horizon(run: LoggedRun) -> str | None:
    return run.params.get("evaluate.holdout_days")


def _collect_preparation(run: LoggedRun) -> Mapping[str, str]:
    """Every value that decides the prepared features. The name of an option only stands for its values."""
    return {
        key: value
        for key, value in sorted(run.params.items())
        if (key == "leave_out" or key.startswith(tuple(f"{group}." for group in SPACE_GROUPS)))
        and value not in NOT_GIVEN
    }


def _find_option(run: LoggedRun, key: str) -> str:
    """The option that a value belongs to: where options differ, their values differ anyway."""
    return run.params.get(key.partition(".")[0], "") if "." in key else ""


def _describe_one_data(run: LoggedRun) -> str:
    name = f"{run.tags.get('data.name', 'data')} {run.tags[DATA_DIGEST_TAG][:SPACE_DIGEST_LENGTH]}"
    day = run.params.get("as_of", "None")
    return name if day == "None" else f"{name} as of {day}"


def _shorten_value(value: str) -> str:
    return value if len(value) <= LONGEST_SPACE_VALUE else f"{value[: LONGEST_SPACE_VALUE - 1]}…"


def _number_equal_names(names: Sequence[str]) -> list[str]:
    """Equal names are numbered: what they stand for is not equal."""
    seen: Counter[str] = Counter()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return numbered
