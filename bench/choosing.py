"""How well a segmentation is chosen where the truth is known: `python -m bench.choosing`.

Every world offers many candidates, of all models or of one. Each way to choose takes one of them, and what it
took is compared with the truth. `SEGMENTLAB_BENCHMARKS` points to a folder of labelled sets; generated shops
need nothing. What was measured is kept in a file and gone on from, and `docs/choosing.md` is written from it.
`--holdout` takes shops that nobody has looked at, and writes `docs/choosing_held_out.md`.
"""

import argparse
import gzip
import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from sklearn.cluster import DBSCAN
from sklearn.metrics import adjusted_rand_score, davies_bouldin_score, silhouette_score
from sklearn.mixture import GaussianMixture

from segmentlab.evaluation import Candidate, choose_by_evidence
from segmentlab.evaluation.gaps import find_nearest
from segmentlab.evaluation.proposals import is_usable, propose_candidates
from segmentlab.flow import StepTimer, describe
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.lab.config.folders import ROOT
from segmentlab.modelling import NOISE, Labels, Points, Segmenter, limit_threads
from tests.configs import composed

BATTERIES: Final = ("fcps", "graves", "other")
SHOPS: Final = ("rfm", "behaviour", "[rfm,rhythm]", "[rfm,behaviour]")
UNTUNED_COUNT: Final = 5  # segments, as conf/model/ has it
MOST_ROWS: Final = 4_000
HOLDOUT_FROM: Final = 20_000  # those from 10,000 had been looked at before the choice was made anew
CHOOSERS: Final = ("choice", "proposals", "ratings", "recovery", "gaps", "ties")  # modules that decide
MODELS: Final[Mapping[str, str]] = {
    "all models": "",
    "kmeans": "KMeans",
    "hierarchical": "Hierarchical",
}
PAGE: Final = """# Choosing: how good is the segmentation that is chosen

`python -m bench.choosing{option}` makes this page: {worlds}.
Adjusted Rand index against the truth, the best over its alternatives. *Worse* is the share of worlds in
which the choice lies more than .02 below the untuned default (five segments), *worst* by how much at most.
*Best* is the best candidate that there was.

{table}
"""
WORKED_ON: Final = """{sets} labelled sets ({batteries}; `SEGMENTLAB_BENCHMARKS`
points to them) and {shops} generated shops, with which in sight the kinds of evidence were chosen, so their
figures here are optimistic; [other shops](choosing_held_out.md) were looked at once"""
HELD_OUT: Final = """{shops} generated shops that nobody looked at while the
kinds of evidence were chosen, as at [the others](choosing.md)"""


class World(NamedTuple):
    """Customers in the space that they are segmented in, and their true groups, 0 for nobody's."""

    kind: str
    name: str
    points: Points
    truths: list[Labels]


def main() -> None:
    """Measure what is missing, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--shops", type=int, default=12, help="seeds of each kind of shop")
    parser.add_argument("--holdout", action="store_true", help="shops that nobody has looked at")
    parser.add_argument("--kept", type=Path, default=ROOT / "outputs" / "choosing.jsonl")
    options = parser.parse_args()
    known = dict(_read_kept(options.kept))
    options.kept.parent.mkdir(parents=True, exist_ok=True)
    with options.kept.open("a", encoding="utf-8") as kept:
        worlds = list(_list_worlds(options.shops, HOLDOUT_FROM if options.holdout else 1))
        missing = [world for world in worlds if world[0] not in known]
        answers = Parallel(n_jobs=-1, return_as="generator")(delayed(_answer)(make) for _, make in missing)
        for (name, _), answer in zip(missing, answers, strict=True):
            known[name] = answer
            kept.write(json.dumps([_find_code(), name, answer]) + "\n")
            kept.flush()
            print(name, [f"{row['way']} {row['score']:.2f}" for row in answer[:5]], flush=True)
        rows = [row for name, _ in worlds for row in known[name]]
    page = _write_page(pd.DataFrame(rows), held_out=options.holdout)
    name = "choosing_held_out.md" if options.holdout else "choosing.md"
    (ROOT / "docs" / name).write_text(page, encoding="utf-8")
    print(page)


def _read_kept(kept: Path) -> Iterator[tuple[str, list[dict[str, object]]]]:
    for line in kept.read_text(encoding="utf-8").splitlines() if kept.exists() else ():
        code, name, rows = json.loads(line)
        if code == _find_code():  # what other code chose is no answer of this
            yield name, rows


def _find_code() -> str:
    room = ROOT / "src" / "segmentlab" / "evaluation"
    files = [*(room / f"{name}.py" for name in CHOOSERS), Path(__file__)]
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()[:12]


def _list_worlds(shops: int, first: int) -> Iterator[tuple[str, Callable[[], World]]]:
    folder = os.environ.get("SEGMENTLAB_BENCHMARKS")
    for battery in BATTERIES if folder and first < HOLDOUT_FROM else ():
        for path in sorted(Path(str(folder), battery).glob("*.data.gz")):
            yield f"{battery}/{path.name.removesuffix('.data.gz')}", partial(_read_set, path)
    for seed in range(first, first + shops):
        for features in SHOPS:
            yield f"shop {features} {seed}", partial(_make_shop, features, seed)


def _read_set(path: Path) -> World:
    name = path.name.removesuffix(".data.gz")
    with gzip.open(path) as file:
        points = np.loadtxt(file, ndmin=2)
    truths = []
    for labels in sorted(path.parent.glob(f"{name}.labels*.gz")):
        with gzip.open(labels) as file:
            truths.append(np.loadtxt(file).astype(np.int64))
    rows = np.arange(len(points))
    if len(points) > MOST_ROWS:
        rows = np.sort(np.random.default_rng(0).choice(len(points), MOST_ROWS, replace=False))
    points = (points - points.mean(axis=0)) / points.std()
    return World("labelled", name, points[rows], [truth[rows] for truth in truths])


def _make_shop(features: str, seed: int) -> World:
    config = composed(f"features={features}", f"seed={seed}", "data.customers=2000")
    plan = build_plan(config)
    dataset = build_source(config).read(build_engine(config).connect())
    described = describe(plan, dataset, StepTimer())
    frame = described.features.frame
    segmenter = Segmenter(plan.preparation, plan.projection, plan.model)
    segmenter.fit(frame, value=described.revenue, long_tailed=described.features.long_tailed)
    planted = described.about.truth
    assert planted is not None, "a generated shop knows its segments"
    truth = pd.factorize(planted.reindex(frame.index))[0].astype(np.int64) + 1
    points = np.ascontiguousarray(segmenter.scorer_.prepare(frame))
    return World("shops", features, points, [truth])


def _answer(make: Callable[[], World]) -> list[dict[str, object]]:
    return list(_choose_in(make()))


def _choose_in(world: World) -> Iterator[dict[str, object]]:
    """What each way takes, among the candidates of all models and of each one."""
    with limit_threads(len(world.points)):
        every = list(_list_candidates(world.points))
        for model, family in MODELS.items():
            candidates = [one for one in every if one.family.startswith(family)]
            default = _find_default(candidates)
            scores = [_compare_with_truth(one.labels, world.truths) for one in candidates]
            ways = {"best": int(np.argmax(scores)), "default": default, **_go_by_scores(world, candidates)}
            ways["evidence"] = choose_by_evidence(world.points, candidates, default, seed=0).place
            for way, place in ways.items():
                found = len(set(candidates[place].labels.tolist()) - {NOISE})
                right = found in {len(set(truth[truth > 0].tolist())) for truth in world.truths}
                yield {"kind": world.kind, "model": model, "way": way, "score": scores[place],
                       "right": right, "default": scores[default]}  # fmt: skip


def _list_candidates(points: Points) -> Iterator[Candidate]:
    """What the models of conf/ offer within their bounds, those that a study calls feasible."""
    everything = [*propose_candidates(points, seed=0), *_propose_more(points)]
    first = _find_default(everything)
    yield everything[first]
    for place, one in enumerate(everything):
        if place != first and is_usable(one.labels):
            yield one


def _propose_more(points: Points) -> Iterator[Candidate]:
    with warnings.catch_warnings(action="ignore"):
        for shape in ("tied", "diag", "spherical"):
            for count in range(2, 13):
                model = GaussianMixture(count, covariance_type=shape, random_state=0)
                yield Candidate(model.fit_predict(points), "GaussianMixture")
    for neighbours in (5, 10, 20):
        radii = find_nearest(points, points, neighbours + 1)[0][:, -1]
        for share in (0.5, 0.7, 0.8, 0.9, 0.95, 0.98):
            radius = max(float(np.quantile(radii, share)), 1e-9)
            labels = DBSCAN(eps=radius, min_samples=neighbours).fit_predict(points)
            yield Candidate(labels.astype(np.int64), "Dbscan")


def _find_default(candidates: list[Candidate]) -> int:
    """The first of the main family with five segments: what nobody tuned."""
    fives = [place for place, one in enumerate(candidates) if len(set(one.labels.tolist()) - {NOISE}) == 5]
    return fives[0] if fives else 0


def _go_by_scores(world: World, candidates: list[Candidate]) -> dict[str, int]:
    """The highest silhouette, and the knee of silhouette and Davies-Bouldin."""
    rows = np.sort(np.random.default_rng(0).permutation(len(world.points))[: MOST_ROWS // 2])
    pairs = []
    for one in candidates:
        real = rows[one.labels[rows] != NOISE]
        points, labels = world.points[real], one.labels[real]
        pairs.append((silhouette_score(points, labels), -davies_bouldin_score(points, labels)))
    gains = np.array(pairs)
    front = [
        place for place, own in enumerate(gains) if not ((gains >= own).all(1) & (gains > own).any(1)).any()
    ]
    spread = np.ptp(gains[front], axis=0)
    lacking = (gains[front].max(axis=0) - gains[front]) / np.where(spread > 0, spread, 1.0)
    return {
        "silhouette": int(gains[:, 0].argmax()),
        "knee": front[int(np.linalg.norm(lacking, axis=1).argmin())],
    }


def _compare_with_truth(labels: Labels, truths: list[Labels]) -> float:
    return max(float(adjusted_rand_score(truth[truth > 0], labels[truth > 0])) for truth in truths)


def _write_page(rows: pd.DataFrame, *, held_out: bool) -> str:
    rows = rows.assign(lost=rows["default"] - rows["score"])
    lines = [
        "| worlds | chosen from | way | adjusted Rand | right k | worse | worst |",
        "|-|-|-|-:|-:|-:|-:|",
    ]
    for (kind, model, way), own in rows.groupby(["kind", "model", "way"], sort=False):
        lines.append(
            f"| {kind} | {model} | {way} | {own['score'].mean():.3f} | {own['right'].mean():.0%} | "
            f"{(own['lost'] > 0.02).mean():.0%} | {max(own['lost'].max(), 0):.2f} |"
        )
    counts = rows[(rows["way"] == "best") & (rows["model"] == "all models")]["kind"].value_counts()
    worlds = (HELD_OUT if held_out else WORKED_ON).format(
        sets=counts.get("labelled", 0), shops=counts.get("shops", 0), batteries=", ".join(BATTERIES)
    )
    return PAGE.format(option=" --holdout" if held_out else "", worlds=worlds, table="\n".join(lines))


if __name__ == "__main__":
    main()
