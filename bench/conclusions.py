"""How often the verdict is right where the answer is known: `python -m bench.conclusions`.

Every world is segmented by several models, and each segmentation gets its verdict. Worlds without groups must
hardly ever be said to have any; worlds with groups nearly always. What was measured is kept in a file and
gone on from, and `docs/conclusions.md` is written from it. Two thirds of the seeds are for working on the
verdict; `--holdout` takes the last third, which is looked at once, and writes `docs/conclusions_held_out.md`.
"""

import argparse
import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.cluster import HDBSCAN, AgglomerativeClustering, KMeans
from sklearn.mixture import GaussianMixture

from bench.worlds import WITH_GROUPS, WITHOUT_GROUPS, Points, Truth, make_world
from segmentlab.evaluation import Border, Gaps, judge_structure
from segmentlab.evaluation.gaps import LEAST_MEMBERS, find_borders
from segmentlab.evaluation.groups import count_groups, limit_sample
from segmentlab.lab.config.folders import ROOT
from segmentlab.modelling import NOISE, Labels, draw_limited_rows, limit_threads

SAMPLE: Final = 3_000  # as conf/evaluate/standard.yaml has it
HOLDOUT_FROM: Final = 10_000  # seeds that nobody looked at while the verdict was made
MODELS: Final[Mapping[str, Callable[[Points], Labels]]] = {
    "kmeans 2": lambda points: KMeans(2, n_init=5, random_state=0).fit_predict(points),
    "kmeans 3": lambda points: KMeans(3, n_init=5, random_state=0).fit_predict(points),
    "kmeans 5": lambda points: KMeans(5, n_init=5, random_state=0).fit_predict(points),
    "ward 5": lambda points: AgglomerativeClustering(5).fit_predict(points),
    "mixture 3": lambda points: GaussianMixture(3, reg_covar=1e-4, random_state=0).fit_predict(points),
    "hdbscan": lambda points: HDBSCAN(min_cluster_size=max(15, len(points) // 40), copy=True).fit_predict(
        points
    ),
}
JUDGES: Final = ("gaps.py", "groups.py", "ties.py", "verdict.py")  # a change of these is measured anew
THREE_GROUPS: Final = ("three at 6 sigma", "three at 5 sigma")
PAGE: Final = """# Conclusions: how often the verdict is right

`python -m bench.conclusions{option}` makes this page, and `bench/worlds.py` the worlds: {seeds}.
{other}
A verdict claims groups when it says *natural clusters*, *groups, some cut further* or *groups that the
segments do not follow*.

## Worlds without groups: how often groups are claimed

{without}

## Worlds with groups: how often groups are found

By the borders of the segments, and in the last column by the look that leaves the segments aside.

{found}

## Worlds with groups: how often every segment is said to be a group of its own

{natural}

## Borders

Of borders between segments of one group, {cuts:.1%} were called gaps ({cut_count:,} borders). Of borders
between segments of different groups, {gaps:.1%} were called gaps ({gap_count:,}), and {doubt:.1%} were not
decided.
With K-Means 5 on three round groups of one size, 5 and 6 sigma apart, {thirds_cuts:.1%} of the cuts were
called gaps, and {thirds_gaps:.1%} of the gaps were found.
Segments that hold several groups are left out, as are those below {least} customers.
"""
WORKED_ON: Final = (
    "The verdict was made with these in sight; [others](conclusions_held_out.md) were looked at once."
)
HELD_OUT: Final = "Nobody looked at these while the verdict was made, as at [the others](conclusions.md)."


class Case(NamedTuple):
    """One world."""

    world: str
    customers: int
    seed: int


def main() -> None:
    """Measure what is missing, and write the page."""
    options = _read_options()
    first = HOLDOUT_FROM if options.holdout else 0
    cases = [
        Case(world, customers, first + seed)
        for customers in options.customers
        for seed in range(options.seeds)
        for world in (*WITHOUT_GROUPS, *WITH_GROUPS)
    ]
    known = dict(_read_answers(options.kept))
    missing = [case for case in cases if case not in known]
    options.kept.parent.mkdir(parents=True, exist_ok=True)
    print(f"{len(cases) - len(missing):,} of {len(cases):,} worlds are known; {options.kept} keeps them")
    with options.kept.open("a", encoding="utf-8") as kept:
        for case, answers in zip(
            missing,
            Parallel(n_jobs=-1, return_as="generator")(map(delayed(_judge_world), missing)),
            strict=True,
        ):
            known[case] = answers
            kept.write(json.dumps([_find_code(), case, answers]) + "\n")
            kept.flush()
    answers = pd.DataFrame([row for case in cases for row in known[case]])
    page = ROOT / "docs" / ("conclusions_held_out.md" if options.holdout else "conclusions.md")
    page.write_text(_write_page(answers, options), encoding="utf-8")
    print(page.read_text(encoding="utf-8"))


def _read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="+", default=[500, 3_000])
    parser.add_argument("--seeds", type=int, default=200, help="of every world, with as many customers")
    parser.add_argument("--holdout", action="store_true", help="seeds that nobody has looked at")
    parser.add_argument(
        "--kept", type=Path, default=ROOT / "outputs" / "conclusions.jsonl", help="what was measured before"
    )
    return parser.parse_args()


def _read_answers(kept: Path) -> Iterator[tuple[Case, list[dict[str, object]]]]:
    for line in kept.read_text(encoding="utf-8").splitlines() if kept.exists() else ():
        code, case, answers = json.loads(line)
        if code == _find_code():  # what other code said is no answer of this
            yield Case(*case), answers


@cache
def _find_code() -> str:
    """A digest of all that decides an answer."""
    judges = ROOT / "src" / "segmentlab" / "evaluation"
    files = [*(judges / name for name in JUDGES), ROOT / "bench" / "worlds.py"]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _judge_world(case: Case) -> list[dict[str, object]]:
    """A row for each model."""
    points, truth = make_world(*case)
    with limit_threads(len(points)):
        sample = draw_limited_rows(truth, limit_sample(points, SAMPLE), case.seed)
        groups = count_groups(points[sample], case.seed)
        return [
            {
                **case._asdict(),
                "model": name,
                **_judge_segments(points, fit(points), truth, groups, case.seed),
            }
            for name, fit in MODELS.items()
        ]


def _judge_segments(
    points: Points, labels: Labels, truth: Truth, groups: int, seed: int
) -> dict[str, object]:
    rows = draw_limited_rows(labels, limit_sample(points, SAMPLE), seed)
    points, labels, truth = points[rows], labels[rows], truth[rows]
    segments, members = np.unique(labels[labels != NOISE], return_counts=True)
    borders = find_borders(points, labels, seed) if len(segments) > 1 else []
    judged = tuple(segments[members >= LEAST_MEMBERS].tolist())
    gaps = Gaps(tuple(borders), judged, tuple(segments[members < LEAST_MEMBERS].tolist()), groups)
    verdict = judge_structure(gaps)
    assert verdict is not None
    by_borders = len(set(gaps.join(doubtful=True).values())) > 1
    return {
        "verdict": verdict.kind,
        "by_borders": by_borders,
        "groups": groups,
        **_count_borders(borders, labels, truth),
    }


def _count_borders(borders: list[Border], labels: Labels, truth: Truth) -> dict[str, int]:
    """How borders within one group, and between two, were called."""
    owner = {}
    for segment in np.unique(labels[labels != NOISE]):
        shares = np.bincount(truth[labels == segment]) / (labels == segment).sum()
        if shares.max() > 0.95:
            owner[int(segment)] = int(shares.argmax())
    counts = dict.fromkeys(("cuts", "cuts_called_gaps", "gaps", "gaps_called_gaps", "gaps_not_decided"), 0)
    for border in borders:
        if border.kind in ("too small", "no border") or not {border.first, border.second} <= set(owner):
            continue
        if owner[border.first] == owner[border.second]:
            counts["cuts"] += 1
            counts["cuts_called_gaps"] += border.kind == "gap"
        else:
            counts["gaps"] += 1
            counts["gaps_called_gaps"] += border.kind == "gap"
            counts["gaps_not_decided"] += border.kind == "not decided"
    return counts


CLAIMS: Final = ("natural clusters", "groups, some cut further", "groups that the segments do not follow")


def _write_page(answers: pd.DataFrame, options: argparse.Namespace) -> str:
    without = answers["world"].isin(list(WITHOUT_GROUPS))
    claimed = answers["verdict"].isin(CLAIMS)
    found, sums = answers[~without], answers.select_dtypes("number").sum()
    aside = found.groupby(["world", "customers"], sort=False)["groups"].agg(lambda one: (one > 1).mean())
    within = found[["cuts", "cuts_called_gaps"]].sum()
    thirds = found[(found["model"] == "kmeans 5") & found["world"].isin(THREE_GROUPS)]
    thirds_sums = thirds.select_dtypes("number").sum()
    return PAGE.format(
        seeds=_count_seeds(answers),
        option=" --holdout" if options.holdout else "",
        other=HELD_OUT if options.holdout else WORKED_ON,
        without=_write_table(answers[without].assign(share=claimed[without])),
        found=_write_table(found.assign(share=found["by_borders"]), aside),
        natural=_write_table(found.assign(share=found["verdict"] == "natural clusters")),
        cuts=within["cuts_called_gaps"] / max(within["cuts"], 1),
        cut_count=int(within["cuts"]),
        gaps=sums["gaps_called_gaps"] / max(sums["gaps"], 1),
        doubt=sums["gaps_not_decided"] / max(sums["gaps"], 1),
        gap_count=int(sums["gaps"]),
        thirds_cuts=thirds_sums["cuts_called_gaps"] / max(thirds_sums["cuts"], 1),
        thirds_gaps=thirds_sums["gaps_called_gaps"] / max(thirds_sums["gaps"], 1),
        least=LEAST_MEMBERS,
    )


def _count_seeds(answers: pd.DataFrame) -> str:
    seeds = answers.groupby("customers", sort=False)["seed"].nunique()
    return ", ".join(f"{count} seeds of {customers:,} customers" for customers, count in seeds.items())


def _write_table(rows: pd.DataFrame, last: pd.Series | None = None) -> str:
    table = rows.pivot_table(
        index=["world", "customers"], columns="model", values="share", aggfunc="mean", sort=False
    )[list(MODELS)]
    if last is not None:
        table = table.assign(**{"without segments": last})
    table.columns = table.columns.astype(str)
    lines = ["| world | customers | " + " | ".join(table) + " |", "|-|-:|" + "-:|" * len(table.columns)]
    for (world, customers), shares in [*table.iterrows(), (("all", "all"), table.mean())]:
        lines.append(
            f"| {world} | {customers} | " + " | ".join(f"{100 * one:.1f} %" for one in shares) + " |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
