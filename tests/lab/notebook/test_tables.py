"""Tables over many runs: medians of groups, counts, and the order of runs."""

import pytest

from segmentlab.errors import ConfigError
from segmentlab.evaluation.logged_run import LoggedRun
from segmentlab.lab.notebook.notebook_runs import NotebookRuns, make_command_key, make_run_key
from segmentlab.lab.notebook.tables import make_note_table


def run(number: int, model: str, score: float, *, grid: float = 0.5, data: str = "shop") -> LoggedRun:
    return LoggedRun(
        run_id=f"{number:032}",
        name=f"run {number}",
        params={
            "model": model,
            "features": "rfm",
            "prepare": "standard",
            "projection": "none",
            "tune": "none",
        },
        metrics={"usefulness/spend_r2": score, "usefulness/grid": grid},
        tags={
            "data.name": data,
            "data.digest": "d",
            "segmentlab.command": f"python src/run.py seed={number}",
        },
    )


RUNS = [
    run(1, "kmeans", 0.2),
    run(2, "kmeans", 0.6),
    run(3, "dbscan", 0.7),
    run(4, "dbscan", 0.9, data="other"),
]


def table(**spec: object) -> list[str]:
    kept = NotebookRuns(None)  # type: ignore[arg-type]  # nothing here asks the store: the runs are given
    kept.__dict__.update(runs={"grid": RUNS}, failed={"grid": RUNS[2:]})
    columns = {"R2": "usefulness/spend_r2"}
    spec = {"experiment": "grid", "columns": columns, "line": 7, **spec}
    return make_note_table(spec, kept, lambda reference: [reference]).splitlines()


def test_groups_are_medians_and_counts() -> None:
    above = {"beats": ["usefulness/spend_r2", "usefulness/grid"]}
    found = table(of="groups", by={"model": "model"}, where={"data.name": "shop"}, above=above)
    assert found[0] == "| model | runs | R2 | beats |"
    assert found[2:] == ["| dbscan | 1 | 0.70 | 1 |", "| kmeans | 2 | 0.40 | 1 |"]


def test_runs_are_sorted_and_cut() -> None:
    found = table(of="runs", sort="-usefulness/spend_r2", top=2)
    assert [row.split("|")[2].strip() for row in found[2:]] == ["0.90", "0.70"]
    assert found[2].startswith("| dbscan rfm standard untuned |")


def test_a_run_is_found_by_its_command() -> None:
    assert table(of="runs", runs={"second": "seed=2"})[2] == "| second | 0.60 |"


def test_where_its_store_is_does_not_tell_a_run() -> None:
    assert make_command_key(["seed=2", "tracking.experiment=x"]) == make_run_key(RUNS[1])


def test_failures_are_counted() -> None:
    assert table(of="failures", by={"model": "model"})[2:] == ["| dbscan | 2 |"]


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"of": "nothing"}, "line 7: of: nothing is no table"),
        ({"of": "runs", "runs": {"x": "seed=9"}}, "line 7: The store has no finished run of .*seed=9"),
        ({"of": "runs", "columns": {"x": "y"}}, "line 7: none of these runs has .* y"),
        ({"of": "groups"}, "line 7: the table of groups lacks 'by'"),
        ({"of": "runs", "experiment": "gird"}, "line 7: The store has no experiment 'gird'"),
    ],
)
def test_what_can_not_be_made_is_told_by_its_line(spec: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        table(**spec)
