"""The laws of every feature set of transactions: each file in conf/features is held to them, unasked."""

from collections.abc import Callable
from functools import cache

import pandas as pd
import pytest
from omegaconf import OmegaConf

from segmentlab.features.feature_set import AnySet, CustomerLearner, CustomerSet
from segmentlab.features.table import build_feature_table
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.folders import ROOT, list_overlays
from segmentlab.testing.feature_sets import AS_OF, FEATURE_SET_LAWS, LineSetCase
from segmentlab.testing.logs import SHOP, USUAL_RULES, clean_log, open_engine
from tests.configs import composed, offered_sets
from tests.examples import count_examples

OFFERED = offered_sets()
OF_LINES = [
    name for name, chosen in OFFERED.items() if not isinstance(chosen, (CustomerSet, CustomerLearner))
]


def list_own_sets() -> list[str]:
    """Those that only an experiment uses, which have the same laws, by what the files say."""
    files = [OmegaConf.load(path) for path in sorted((ROOT / "experiments").rglob("*.yaml"))]
    return sorted({str(name) for file in files for name in file.get("features", ())} - OFFERED.keys())


@cache
def find_sets() -> dict[str, AnySet]:
    """Every set of lines; to compose each experiment takes seconds, which collection need not wait for."""
    sets = {name: OFFERED[name] for name in OF_LINES}
    for overlay in list_overlays():
        chosen = build_plan(composed(f"experiments={overlay.stem}")).features
        sets |= {name: one for name, one in chosen.items() if name not in OFFERED}
    return sets


def test_every_set_of_an_experiment_is_held_to_the_laws() -> None:
    assert set(find_sets()) == {*OF_LINES, *list_own_sets()}
    assert list_own_sets()


@pytest.mark.hypothesis
@pytest.mark.parametrize("name", [*OF_LINES, *list_own_sets()])
@pytest.mark.parametrize("law", FEATURE_SET_LAWS, ids=lambda law: law.__name__)
def test_law(law: Callable[[LineSetCase], None], name: str) -> None:
    few = name == "value"  # which fits laws each time
    law(LineSetCase(find_sets()[name], name, count_examples(3 if few else 6)))


def test_the_laws_clean_as_usual() -> None:
    assert build_plan(composed()).cleaning == USUAL_RULES


def test_sets_together_are_the_sets_side_by_side() -> None:
    together = build_plan(composed(f"features=[{','.join(OF_LINES)}]")).features
    frame = build_feature_table(together, clean_log(open_engine(), SHOP, AS_OF), AS_OF).frame
    alone = [LineSetCase(OFFERED[name], name).describe(SHOP).frame for name in OF_LINES]
    pd.testing.assert_frame_equal(frame, pd.concat(alone, axis=1))


def test_the_page_says_what_the_code_says() -> None:
    page = (ROOT / "docs" / "features.md").read_text(encoding="utf-8").splitlines()
    known = [chosen for chosen in OFFERED.values() if not isinstance(chosen, CustomerLearner)]
    columns = [column for chosen in known for column in chosen.columns]
    true = {f"| `{c.name}` | {c.description} | {c.unit} | {c.transform} |" for c in columns}
    written = {line for line in page if line.startswith("| `")}
    assert written
    assert written <= true
