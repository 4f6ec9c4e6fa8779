"""The card of a promoted model says what it is, what speaks for it, and what limits it."""

import pandas as pd

from segmentlab.evaluation.gates import Gate
from segmentlab.modelling.matching import match_segments
from segmentlab.report.model_card import ModelCard, describe_identity, list_evidence_tags, write_model_card
from segmentlab.report.wording import escape_markdown
from tests.evaluation.fabricated import logged

IDENTITY = match_segments(
    pd.Series([0] * 9 + [1] * 3, index=range(12)), pd.Series([2] * 10 + [1] * 5, index=range(15)), next_free=4
)


def card(**tags: str) -> str:
    run = logged("r1", {"separation/coverage": 0.9, "usefulness/spend_r2": 0.3}, tags=tags)
    segments = pd.DataFrame({"number": [1, 2], "name": ["Loyal", "Rare | new"], "customers": [3, 9]})
    segments["truth"] = [0.916, float("nan")]
    gates = [Gate("size", True, "enough."), Gate("null", False, "no better.")]
    return write_model_card(
        ModelCard("segments, version 3", "Promoted by me.", run, segments, gates, IDENTITY, "abc", "#/report")
    )


def test_it_holds_what_a_stranger_asks_for() -> None:
    written = card(verdict="a partition of a continuum", checks="SEG006")
    for told in (
        "# segments, version 3",
        "Promoted by me.",
        "- model: **kmeans**\n- features: **rfm**",
        "[The report of the run](#/report)",
        "- 1 **Loyal**: 3 customers, 25.0 %, true of 91 %\n",
        "shop dddddddd",
        "- **not passed**, null: no better.",
        "- `usefulness/spend_r2` 0.3",
        "cut a continuum",
        "Checks that fired: SEG006.",
        "10.0 % of the customers are in no segment",
    ):
        assert told in written


def test_a_name_from_data_is_no_markdown() -> None:
    assert r"- 2 **Rare \| new**: 9 customers, 75.0 %" in card()
    assert escape_markdown("<b>_[x]*`") == r"\<b\>\_\[x\]\*\`"


def test_it_has_no_table_which_mlflow_shows_as_it_is_written() -> None:
    assert not [line for line in card().splitlines() if line.startswith("|")]


def test_the_version_has_its_evidence_as_tags() -> None:
    run = logged("r1", {"usefulness/spend_r2": 0.3}, tags={"verdict": "one group"})
    tags = list_evidence_tags(run)
    assert (tags["usefulness/spend_r2"], tags["verdict"]) == ("0.3", "one group")


def test_a_measure_that_is_missing_is_said_to_be() -> None:
    run = logged("r1", without=("usefulness",))
    written = write_model_card(ModelCard("t", "d", run, pd.DataFrame({"customers": []}), [], IDENTITY, "abc"))
    assert "- `usefulness/spend_r2` n/a" in written
    assert "Whether the data has groups at all was not looked at." in written


def test_identity_says_what_was_kept_what_is_new_and_what_is_gone() -> None:
    assert describe_identity(IDENTITY) == "Kept: 2 (90.0 % alike), 1 (66.7 % alike)."
    fresh = match_segments(pd.Series([0, 0]), pd.Series([3, 3], index=[7, 8]), next_free=4)
    assert describe_identity(fresh) == "New: 4. Gone: 3."
