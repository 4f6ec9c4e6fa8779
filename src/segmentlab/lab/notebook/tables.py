"""The tables of notes, made from what the store keeps. One function for each kind of table."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np
import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.evaluation import LoggedRun, make_leaderboard
from segmentlab.lab.notebook.note import compare_published, describe_agreement, format_number, write_markdown
from segmentlab.lab.notebook.notebook_runs import NotebookRuns

TableSpec = Mapping[str, Any]
RunResolver = Callable[[str], Sequence[str]]  # from what a note writes to the overrides of a run
NOTE_DIGITS: Final = 2


def tabulate_segments(spec: TableSpec, kept: NotebookRuns, resolve: RunResolver) -> str:
    """One row per segment of one run, beside what was published of it."""
    profile = kept.table(kept.run(resolve(spec["run"])), "segments/profile.csv")
    headings, published = spec["columns"], spec.get("published", {})
    rows = profile[["segment", "name"]].astype(str)
    agreed: list[bool] = []
    for heading, column in headings.items():
        values = list(profile[_check_column(column, profile.columns, spec)])
        if heading in published:
            theirs = [*published[heading], *[None] * (len(values) - len(published[heading]))]
            agreed += compare_published(theirs, values)
            rows[f"{heading}, published"] = [format_number(one, None) for one in theirs]
        rows[heading] = [format_number(value, spec.get("digits", NOTE_DIGITS)) for value in values]
    return write_markdown(rows) + describe_agreement(agreed)


def tabulate_runs(spec: TableSpec, kept: NotebookRuns, resolve: RunResolver) -> str:
    """One row per run: those that are named, or the first ones of an experiment by some measure."""
    if "runs" in spec:
        found = [kept.run(resolve(reference)) for reference in spec["runs"].values()]
        labels = list(spec["runs"])
    else:
        chosen = _sort_runs(_filter_runs(kept.of_experiment(spec["experiment"]), spec), spec.get("sort"))
        found = chosen[: spec.get("top")]
        labels = [_label_run(run) for run in found]
    columns, published = spec["columns"], spec.get("published", {})
    rows = pd.DataFrame({"run": labels})
    agreed: list[bool] = []
    for heading, key in columns.items():
        values = [_read_value(run, key) for run in found]
        if all(value is None for value in values):
            raise ConfigError(f"none of these runs has a metric, a parameter or a tag {key}.")
        if heading in published:
            agreed += compare_published(published[heading], values)
            rows[f"{heading}, published"] = [format_number(one, None) for one in published[heading]]
        rows[heading] = [format_number(value, spec.get("digits", NOTE_DIGITS)) for value in values]
    return write_markdown(rows) + describe_agreement(agreed)


def tabulate_groups(spec: TableSpec, kept: NotebookRuns, resolve: RunResolver) -> str:  # noqa: ARG001  (every kind is called alike)
    """Medians over runs that share some values; and how many have more of one metric than of another."""
    chosen = _filter_runs(kept.of_experiment(spec["experiment"]), spec)
    by = spec["by"]
    frame = pd.DataFrame(
        {
            **{heading: [_read_group_value(run, key) for run in chosen] for heading, key in by.items()},
            **{
                heading: [_read_number(run, key) for run in chosen]
                for heading, key in spec["columns"].items()
            },
        }
    )
    grouped = frame.groupby(list(by))
    table = grouped.median(numeric_only=True)
    table.insert(0, "runs", grouped.size())
    for heading, (more, less) in spec.get("above", {}).items():
        higher = pd.Series(
            [_read_number(run, more) > _read_number(run, less) for run in chosen], index=frame.index
        )
        table[heading] = higher.groupby([frame[key] for key in by]).sum()
    return write_markdown(_format_table(table.reset_index(), spec.get("digits", NOTE_DIGITS)))


def tabulate_failures(spec: TableSpec, kept: NotebookRuns, resolve: RunResolver) -> str:  # noqa: ARG001  (every kind is called alike)
    """How many runs of an experiment could not be made, by some of their values."""
    chosen = _filter_runs(kept.failed.get(spec["experiment"], []), spec)
    if not chosen:
        return "None."
    by = spec["by"]
    frame = pd.DataFrame(
        {heading: [str(_read_value(run, key)) for run in chosen] for heading, key in by.items()}
    )
    return write_markdown(_format_table(frame.groupby(list(by)).size().rename("runs").reset_index(), 0))


def tabulate_leaderboard(spec: TableSpec, kept: NotebookRuns, resolve: RunResolver) -> str:  # noqa: ARG001  (every kind is called alike)
    """The first rows of the leaderboard of an experiment, on one data set."""
    chosen = _filter_runs(kept.of_experiment(spec["experiment"]), spec)
    table = make_leaderboard(chosen)
    table["label"] = table["run_id"].map({run.run_id: _label_run(run) for run in chosen})
    table = table[table["rank"].notna()].head(spec.get("top", 10))
    columns = {
        heading: table[_check_column(key, table.columns, spec)] for heading, key in spec["columns"].items()
    }
    return write_markdown(_format_table(pd.DataFrame(columns), spec.get("digits", NOTE_DIGITS)))


def tabulate_likelihoods(spec: TableSpec, kept: NotebookRuns, resolve: RunResolver) -> str:
    """A softmax of mean pieces over segments, as published, beside the share of a segment's customers."""
    run = kept.run(resolve(spec["run"]))
    means = kept.table(run, "segments/profile.csv").set_index("segment")
    shares = (
        kept.table(run, "tables/purchase_likelihood.csv").astype({"product_id": str}).set_index("product_id")
    )
    rows: dict[str, dict[object, str]] = {}
    for product in map(str, spec["products"]):
        powers = np.exp(means[f"quantities_{product}_mean"])
        for segment, value in (powers / powers.sum()).items():
            theirs, ours = f"{product}, softmax", f"{product}, share who bought"
            rows.setdefault(theirs, {})[segment] = format_number(value, 4)
            rows.setdefault(ours, {})[segment] = format_number(shares.loc[product, f"segment_{segment}"], 4)
    table = pd.DataFrame(rows).rename_axis("segment").reset_index()
    table.insert(1, "customers", means["customers"].reindex(table["segment"]).map(str).to_numpy())
    return write_markdown(table.astype(str))


NOTE_TABLE_KINDS: Final[Mapping[str, Callable[[TableSpec, NotebookRuns, RunResolver], str]]] = {
    "segments": tabulate_segments,
    "runs": tabulate_runs,
    "groups": tabulate_groups,
    "failures": tabulate_failures,
    "leaderboard": tabulate_leaderboard,
    "likelihoods": tabulate_likelihoods,
}


def make_note_table(spec: TableSpec, kept: NotebookRuns, resolve: RunResolver) -> str:
    """The table that a note asks for, as Markdown."""
    if spec["of"] not in NOTE_TABLE_KINDS:
        raise ConfigError(
            f"line {spec['line']}: of: {spec['of']} is no table. There are: {', '.join(NOTE_TABLE_KINDS)}."
        )
    try:
        return NOTE_TABLE_KINDS[spec["of"]](spec, kept, resolve)
    except KeyError as error:
        raise ConfigError(f"line {spec['line']}: the table of {spec['of']} lacks {error}.") from error
    except ConfigError as error:
        raise ConfigError(f"line {spec['line']}: {error}") from error


def _check_column(column: str, columns: Sequence[str] | pd.Index, spec: TableSpec) -> str:
    if column not in columns:
        raise ConfigError(
            f"{spec['of']} have no column {column}. There are: {', '.join(map(str, columns))[:500]}."
        )
    return column


def _filter_runs(found: Sequence[LoggedRun], spec: TableSpec) -> list[LoggedRun]:
    """Those whose parameters, tags or metrics are as the note says."""
    wanted = spec.get("where", {})
    return [
        run for run in found if all(str(_read_value(run, key)) == str(one) for key, one in wanted.items())
    ]


def _sort_runs(found: list[LoggedRun], key: str | None) -> list[LoggedRun]:
    """By a metric, falling where it is written with a minus; runs without it are left out."""
    if key is None:
        return found
    name = key.removeprefix("-")
    having = [run for run in found if name in run.metrics]
    return sorted(having, key=lambda run: (run.metrics[name], run.run_id), reverse=key.startswith("-"))


def _read_value(run: LoggedRun, key: str) -> object:
    for place in (run.metrics, run.params, run.tags):
        if key in place:
            return place[key]
    return run.name if key == "run" else None


def _read_group_value(run: LoggedRun, key: str) -> object:
    """What a group is told by: counts stay numbers, so that 10 comes after 2."""
    value = _read_value(run, key)
    return int(value) if isinstance(value, float) and value.is_integer() else str(value)


def _read_number(run: LoggedRun, key: str) -> float:
    return run.metric(key)


def _label_run(run: LoggedRun) -> str:
    """What was chosen, as short as it can be said."""
    said = [run.params.get(key, "") for key in ("model", "features", "prepare")]
    projection = run.params.get("projection", "none")
    said += [] if projection == "none" else [projection]
    return " ".join([*said, *(["untuned"] if run.params.get("tune") == "none" else [])])


def _format_table(table: pd.DataFrame, digits: int) -> pd.DataFrame:
    worded: pd.DataFrame = table.map(lambda value: format_number(value, digits))
    return worded
