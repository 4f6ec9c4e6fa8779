"""How well each model finds what was planted: `python -m bench.planted` writes docs/planted.md."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
from omegaconf import DictConfig
from sklearn.metrics import adjusted_rand_score
from sklearn.preprocessing import StandardScaler

from segmentlab.flow import StepTimer, describe
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.lab.config.folders import ROOT
from segmentlab.modelling import Segmenter, find_k_parameter, fit_model, limit_threads
from segmentlab.modelling.interfaces import Clusterer
from tests.configs import composed, options
from tests.planted import WORLDS

FEATURES = ("rfm", "behaviour", "rhythm", "[rfm,rhythm]")
SEEDS = (0, 1, 2)
PAGE = """# What each model finds of what was planted

Adjusted Rand index: 1 is the planted groups exactly, about 0 is chance. Models that are told a number of
groups are told the true one; the others find their own, which stands in brackets. All other parameters
are the defaults of `conf/model/`. Every figure is the mean over seeds {seeds}.
`python -m bench.planted` makes this page.

## Worlds made for one family each

Plane worlds (`tests/planted.py`), standardised: *blobs* are four round groups; *unequal* has long and wide
groups of different direction; *moons* has two bent groups and a tenth of noise that belongs to neither;
*nested* has three families of three groups, and the groups count.

{worlds}

## The synthetic shop

`data=synthetic` with `prepare=log_standard`: {segments} planted segments of shoppers, described in
[synthetic_world.md](synthetic_world.md). Nothing of the truth is a feature, and the segments overlap.

{shop}
"""


def main() -> None:
    """Measure, and write the page."""
    worlds, shop = pd.DataFrame(_worlds()), pd.DataFrame(_shops())
    page = PAGE.format(
        seeds=", ".join(map(str, SEEDS)),
        worlds=_table(worlds, list(WORLDS)),
        segments=shop["planted"].iloc[0],
        shop=_table(shop, list(FEATURES)),
    )
    (ROOT / "docs" / "planted.md").write_text(page, encoding="utf-8")


def _worlds() -> Iterator[dict[str, object]]:
    for seed in SEEDS:
        for world, make in WORLDS.items():
            points, truth = make(seed)
            scaled, planted = StandardScaler().fit_transform(points), len(set(truth) - {-1})
            for name in options("model"):
                model, told = _told(composed(f"model={name}", f"seed={seed}"), planted)
                with limit_threads(len(points)):
                    yield _row(world, name, told, truth, fit_model(model, scaled).labels_, planted)


def _shops() -> Iterator[dict[str, object]]:
    for seed in SEEDS:
        for features in FEATURES:
            config = composed(f"features={features}", f"seed={seed}", "data.customers=5000")
            plan = build_plan(config)
            dataset = build_source(config).read(build_engine(config).connect())
            described = describe(plan, dataset, StepTimer())
            frame = described.features.frame
            truth = described.about.truth.reindex(frame.index).to_numpy()
            planted = len(set(truth))
            for name in options("model"):
                model, told = _told(composed(f"model={name}", f"seed={seed}"), planted)
                segmenter = Segmenter(plan.preparation, plan.projection, model)
                segmenter.fit(frame, value=described.revenue)
                yield _row(features, name, told, truth, segmenter.labels_, planted)


def _told(config: DictConfig, groups: int) -> tuple[Clusterer, bool]:
    """The model of the configuration, and whether it was told how many groups there are."""
    model = build_plan(config).model
    asked = find_k_parameter(model)
    return (model, False) if asked is None else (model.set_params(**{asked: groups}), True)


def _row(
    world: str, model: str, told: bool, truth: np.ndarray, labels: np.ndarray, planted: int
) -> dict[str, object]:
    found = float("nan") if told else len(set(labels.tolist()) - {-1})
    score = adjusted_rand_score(truth, labels)
    return {"world": world, "model": model, "score": score, "found": found, "planted": planted}


def _table(rows: pd.DataFrame, worlds: list[str]) -> str:
    """A row per model, a column per world, as Markdown."""
    means = rows.pivot_table(index="model", columns="world", values=["score", "found"])
    lines = [f"| model | {' | '.join(worlds)} |", f"|-{'|-:' * len(worlds)}|"]
    for model, own in means.iterrows():
        cells = [_cell(own["score"][world], own["found"].get(world)) for world in worlds]
        lines.append(f"| {model} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _cell(score: float, found: float | None) -> str:
    return f"{score:z.2f}" if found is None or pd.isna(found) else f"{score:z.2f} ({found:.0f})"


if __name__ == "__main__":
    main()
