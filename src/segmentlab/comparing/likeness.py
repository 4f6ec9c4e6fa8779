"""What makes runs alike: the data that they saw, and the space in which they were scored.

A raw silhouette means something only beside others of the same space: the same customers, described by
the same features on the same scale. Everything that decides those is a parameter of the run.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from typing import Final

from segmentlab.comparing.logged import DIGEST_TAG, LoggedRun

# The digest already tells these: where the data lies, and how a generated shop was made.
TOLD_BY_DIGEST: Final = ("path", "folder", "local", "url", "customers", "seed")
SPACE_GROUPS: Final = ("cleaning", "features", "outliers", "one_time", "prepare")
ALWAYS_SAID: Final = ("features", "prepare")
SHOWN_DIGEST: Final = 8
LONGEST_VALUE: Final = 60


def data_of(run: LoggedRun) -> Hashable:
    """Equal for runs on the same data, read in the same way, as of the same day."""
    told = {f"data.{name}" for name in TOLD_BY_DIGEST}
    reading = {key: value for key, value in run.params.items() if key.startswith("data.") and key not in told}
    return run.tags[DIGEST_TAG], run.params.get("as_of"), frozenset(reading.items())


def space_of(run: LoggedRun) -> Hashable:
    """Equal for runs whose raw scores may be compared: the same data, prepared in the same way."""
    return data_of(run), frozenset(_preparation(run).items())


def comparable(run: LoggedRun, other: LoggedRun) -> dict[str, float]:
    """Those numbers of the first run that may be held against the other run's.

    None across data; forecasts over the same days; raw scores within one scoring space.
    """
    if data_of(run) != data_of(other):
        return {}
    kinds = {"usefulness/": _horizon(run) == _horizon(other), "separation/": space_of(run) == space_of(other)}
    allowed = tuple(kind for kind, alike in kinds.items() if alike)
    return {name: value for name, value in run.metrics.items() if name.startswith(allowed)}


def data_in_words(runs: Sequence[LoggedRun]) -> list[str]:
    """Of one run per data: `synthetic 2dba9140`, and the day where one was given."""
    return _told_apart([_one_data_in_words(run) for run in runs])


def spaces_in_words(runs: Sequence[LoggedRun]) -> list[str]:
    """Of one run per space: features and preparation, and whatever else differs from the other spaces."""
    options: dict[str, set[str]] = defaultdict(set)
    values: dict[tuple[str, str], set[str | None]] = defaultdict(set)
    every = set().union(*(_preparation(run) for run in runs))
    for run in runs:
        for group in SPACE_GROUPS:
            options[group].add(run.params.get(group, ""))
        for key in every:
            values[key, _option(run, key)].add(run.params.get(key))
    return _told_apart(
        [
            " ".join(
                [
                    *(
                        f"{group}={run.params.get(group, '?')}"
                        for group in SPACE_GROUPS
                        if group in ALWAYS_SAID or len(options[group]) > 1
                    ),
                    *(
                        f"{key}={_short(value)}"
                        for key, value in _preparation(run).items()
                        if len(values[key, _option(run, key)]) > 1
                    ),
                ]
            )
            for run in runs
        ]
    )


def _horizon(run: LoggedRun) -> str | None:
    return run.params.get("evaluate.holdout_days")


def _preparation(run: LoggedRun) -> Mapping[str, str]:
    """Every value that decides the prepared features. The name of an option only stands for its values."""
    return {
        key: value
        for key, value in sorted(run.params.items())
        if key == "leave_out" or key.startswith(tuple(f"{group}." for group in SPACE_GROUPS))
    }


def _option(run: LoggedRun, key: str) -> str:
    """The option that a value belongs to: where options differ, their values differ anyway."""
    return run.params.get(key.partition(".")[0], "") if "." in key else ""


def _one_data_in_words(run: LoggedRun) -> str:
    name = f"{run.tags.get('data.name', 'data')} {run.tags[DIGEST_TAG][:SHOWN_DIGEST]}"
    day = run.params.get("as_of", "None")
    return name if day == "None" else f"{name} as of {day}"


def _short(value: str) -> str:
    return value if len(value) <= LONGEST_VALUE else f"{value[: LONGEST_VALUE - 1]}…"


def _told_apart(names: Sequence[str]) -> list[str]:
    """Equal names are numbered: what they stand for is not equal."""
    seen: Counter[str] = Counter()
    numbered = []
    for name in names:
        seen[name] += 1
        numbered.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return numbered
