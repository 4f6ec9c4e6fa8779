"""The laws of every feature set of transactions: each file in conf/features is held to them, unasked."""

from collections.abc import Callable

import pandas as pd
import pytest

from segmentlab.features.feature_set import CustomerLearner, CustomerSet
from segmentlab.features.table import build_feature_table
from segmentlab.lab.config.build import build_plan
from segmentlab.lab.config.folders import ROOT, list_overlays
from segmentlab.testing.feature_sets import AS_OF, FEATURE_SET_LAWS, LineSetCase
from segmentlab.testing.logs import SHOP, USUAL_RULES, clean_log, open_engine
from tests.configs import composed, offered_sets
from tests.examples import count_examples

OFFERED = offered_sets()
OVERLAYS = [path.stem for path in list_overlays()]
# A set that only an experiment uses has the same laws.
OF_EXPERIMENTS = {
    name: chosen
    for overlay in OVERLAYS
    for name, chosen in build_plan(composed(f"experiments={overlay}")).features.items()
    if name not in OFFERED
}
CHOSEN = OFFERED | OF_EXPERIMENTS
SETS = {
    name: chosen for name, chosen in CHOSEN.items() if not isinstance(chosen, (CustomerSet, CustomerLearner))
}


@pytest.mark.hypothesis
@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("law", FEATURE_SET_LAWS, ids=lambda law: law.__name__)
def test_law(law: Callable[[LineSetCase], None], name: str) -> None:
    law(LineSetCase(SETS[name], name, count_examples(4 if name == "value" else 12)))  # it fits laws each time


def test_the_laws_clean_as_usual() -> None:
    assert build_plan(composed()).cleaning == USUAL_RULES


def test_sets_together_are_the_sets_side_by_side() -> None:
    of_lines = [name for name in SETS if name in OFFERED]
    together = build_plan(composed(f"features=[{','.join(of_lines)}]")).features
    frame = build_feature_table(together, clean_log(open_engine(), SHOP, AS_OF), AS_OF).frame
    alone = [LineSetCase(SETS[name], name).describe(SHOP).frame for name in of_lines]
    pd.testing.assert_frame_equal(frame, pd.concat(alone, axis=1))


def test_the_page_says_what_the_code_says() -> None:
    page = (ROOT / "docs" / "features.md").read_text(encoding="utf-8").splitlines()
    known = [chosen for chosen in OFFERED.values() if not isinstance(chosen, CustomerLearner)]
    columns = [column for chosen in known for column in chosen.columns]
    true = {f"| `{c.name}` | {c.description} | {c.unit} | {c.transform} |" for c in columns}
    written = {line for line in page if line.startswith("| `")}
    assert written
    assert written <= true
