"""Whether the leaderboard puts the better segments first: `python -m bench.leaderboard`.

On generated shops, whose segments are known, the order is held against agreement with the planted segments.
On Online Retail II (where SEGMENTLAB_DATA names its folder) runs are ranked as of one day, and the order is
held against how the same flows foresee later spend on the three cut-off days from that day on. What was
measured is kept in a file and gone on from: `--again` begins anew.
"""

import argparse
import json
import os
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from segmentlab.evaluation import LoggedRun, make_leaderboard
from segmentlab.flow import DescribedCustomers, Metric, Param, Plan, StepTimer, Tag, describe, segment
from segmentlab.lab.config import Setup, build_engine, build_plan, build_source, compose_setup
from segmentlab.lab.config.folders import ROOT
from segmentlab.lab.experiment.provenance import collect_provenance
from segmentlab.report import record_end, record_start

EFFORT: Final = (
    "evaluate=quick", "evaluate.holdout_days=90", "evaluate.cutoffs=3", "evaluate.resamples=100",
    "evaluate.bootstraps=5", "evaluate.gaps=1500", "cache=false",
)  # fmt: skip
FLOWS: Final = (
    *(("features=rfm", "model=kmeans", f"model.n_clusters={k}") for k in (2, 3, 4, 5, 6, 8)),
    *(("features=[rfm,rhythm]", "model=kmeans", f"model.n_clusters={k}") for k in (3, 5, 8)),
    *(("features=behaviour", "model=kmeans", f"model.n_clusters={k}") for k in (3, 5)),
    ("features=basket", "model=kmeans", "model.n_clusters=5"),
    ("features=rfm", "model=gaussian_mixture", "model.n_components=5"),
    ("features=[rfm,rhythm]", "model=gaussian_mixture", "model.n_components=5"),
    ("features=rfm", "model=hierarchical", "model.n_clusters=5"),
    ("features=rfm", "model=kmeans", "model.n_clusters=5", "prepare=standard"),
)
RANKED_AS_OF: Final = "2011-03-09"
JUDGED_AS_OF: Final = "2011-12-04"  # 270 days later: three times 90
TRUTH: Final = "truth/adjusted_rand"
LATER: Final = "usefulness/mean_spend_r2"
RIVALS: Final[Mapping[str, str]] = {
    "raw silhouette": "separation/silhouette",
    "later spend, one day": "usefulness/spend_r2",
    "later spend, several days": LATER,
}


def main() -> None:
    """Measure what is missing, and print how well each order agrees with what is known."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=4)
    parser.add_argument("--customers", type=int, default=1_500)
    parser.add_argument("--file", type=Path, default=ROOT / "mlruns" / "bench" / "leaderboard.jsonl")
    parser.add_argument("--again", action="store_true", help="measure anew what is kept in the file")
    options = parser.parse_args()
    options.file.parent.mkdir(parents=True, exist_ok=True)
    if options.again:
        options.file.unlink(missing_ok=True)
    worlds: dict[str, Callable[[], Iterator[dict[str, object]]]] = {}
    if os.environ.get("SEGMENTLAB_DATA"):
        worlds["online_retail_ii"] = _measure_retail
    for seed in range(options.seeds):
        worlds[f"shop {seed}"] = partial(_measure_shop, seed, options.customers)
    known = _read(options.file)
    for world, measure in worlds.items():
        if world not in known:
            rows = list(measure())
            with options.file.open("a", encoding="utf-8") as file:
                file.write(json.dumps({"world": world, "rows": rows}) + "\n")
            known[world] = rows
    table = pd.DataFrame({world: _compare_orders(known[world]) for world in worlds}).T
    print(table.round(3).to_string())
    if options.seeds:
        print(table[[world.startswith("shop") for world in table.index]].mean().round(3).to_string())


def _read(file: Path) -> dict[str, list[dict[str, object]]]:
    lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    kept = map(json.loads, lines)
    return {each["world"]: each["rows"] for each in kept}


def _measure_shop(seed: int, customers: int) -> Iterator[dict[str, object]]:
    """What each flow logs on a generated shop, with the agreement that it reaches."""
    words = (f"data.customers={customers}", f"data.seed={seed}")
    for run in _run_flows(words):
        yield {"run": vars(run), "known": run.metrics[TRUTH]}


def _measure_retail() -> Iterator[dict[str, object]]:
    """What each flow logs as of one day, with what it reaches on later days."""
    data = ("data=online_retail_ii",)
    before, after = (_run_flows((*data, f"as_of={day}")) for day in (RANKED_AS_OF, JUDGED_AS_OF))
    for run, later in zip(before, after, strict=True):
        yield {"run": vars(run), "known": later.metrics[LATER]}


def _run_flows(words: tuple[str, ...]) -> Iterator[LoggedRun]:
    described: dict[str, DescribedCustomers] = {}
    for number, flow in enumerate(FLOWS):
        setup = compose_setup([*words, *flow, *EFFORT])
        plan, steps = build_plan(setup.config), StepTimer()
        if flow[0] not in described:
            dataset = build_source(setup.config).read(build_engine(setup.config).connect())
            described[flow[0]] = describe(plan, dataset, steps)
        yield _run_flow(f"{number:02d}", setup, plan, described[flow[0]], steps)


def _run_flow(
    name: str, setup: Setup, plan: Plan, described: DescribedCustomers, steps: StepTimer
) -> LoggedRun:
    """The run as the store would tell of it."""
    result = segment(plan, described, steps, products=False)
    items = [
        *record_start(collect_provenance(setup), described.about),
        *record_end(result, [], None, steps.seconds),
    ]
    return LoggedRun(
        run_id=name,
        name=" ".join(setup.typed[:3]),
        params={item.key: item.value for item in items if isinstance(item, Param)},
        metrics={item.key: float(item.value) for item in items if isinstance(item, Metric)},
        tags={item.key: item.value for item in items if isinstance(item, Tag)},
    )


def _compare_orders(rows: list[dict[str, object]]) -> pd.Series:
    """Rank correlations (Spearman) with what is known: of the leaderboard, and of single numbers."""
    known = pd.Series({row["run"]["run_id"]: row["known"] for row in rows})  # type: ignore[index]
    runs = {row["run"]["run_id"]: LoggedRun(**row["run"]) for row in rows}  # type: ignore[index,arg-type]
    board = make_leaderboard(list(runs.values())).set_index("run_id")
    found = {"leaderboard": -board["rank"].astype(float).corr(known, method="spearman")}
    for rival, metric in RIVALS.items():
        values = pd.Series({name: run.metric(metric) for name, run in runs.items()})
        found[rival] = values.corr(known, method="spearman")
    return pd.Series(found)


if __name__ == "__main__":
    main()
