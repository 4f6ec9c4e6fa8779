"""The words for what lies between segments."""

import numpy as np
import pandas as pd
import pytest

from segmentlab.evaluation import Border, Gaps, judge_structure
from segmentlab.evaluation.gaps import BorderKind
from segmentlab.evaluation.reference import Reference
from segmentlab.evaluation.verdict import Verdict
from segmentlab.report import describe_verdict

PAIRS = [(0, 1), (0, 2), (1, 2)]


def gaps(kinds: str, groups: int = 1, segments: int = 3, small: tuple[int, ...] = ()) -> Gaps:
    """Borders of three segments: g is a gap, c a cut, n not decided."""
    words: dict[str, BorderKind] = {"g": "gap", "c": "cut", "n": "not decided"}
    borders = tuple(Border(*pair, 0.0, words[kind]) for pair, kind in zip(PAIRS, kinds, strict=False))
    return Gaps(borders, tuple(range(segments)), small, groups)


@pytest.mark.parametrize(
    ("found", "kind", "said"),
    [
        (gaps("ggg", 3), "natural clusters", "rarer between any two segments"),
        (gaps("ggg", 5), "natural clusters", "finds 5 groups"),
        (gaps("ggc"), "groups, some cut further", "2 groups of segments. Within a group segments are cuts."),
        (gaps("ggn"), "groups, some cut further", "are cuts, or it is not decided."),
        (gaps("ccc", 2), "groups that the segments do not follow", "finds 2 groups"),
        (gaps("nnn", 2), "groups that the segments do not follow", "finds 2 groups"),
        (gaps("nnn"), "not decided", "as deep as chance"),
        (gaps("gcc"), "a partition of a continuum", "as many customers on it"),
        (gaps("ccn"), "a partition of a continuum", "No border is a gap"),
        (gaps("", segments=1), "one group", "no gaps"),
        (gaps("", 2, segments=1), "groups that the segments do not follow", "finds 2 groups"),
        (gaps("", segments=1, small=(1,)), "a partition of a continuum", "No border is a gap"),
        (gaps("", segments=0, small=(0, 1)), "too small to judge", "No segment has"),
    ],
)
def test_it_follows_from_the_borders(found: Gaps, kind: str, said: str) -> None:
    verdict = judge_structure(found)
    assert verdict is not None
    assert verdict.kind == kind
    assert said in verdict.reason


def test_segments_that_hang_together_and_those_too_small_are_told_by_their_names() -> None:
    verdict = judge_structure(gaps("ggc", small=(3,)))
    assert verdict is not None
    assert verdict.groups == ((0,), (1, 2))
    assert verdict.small == (3,)
    told = describe_verdict(verdict, pd.Series(["Champions", "New", "Lost", "Odd"]))
    assert told.startswith("Champions; New and Lost. Gaps divide 2 groups")
    assert told.endswith("Too small to judge: Odd.")


def test_nobody_has_to_read_thirty_names() -> None:
    verdict = Verdict("groups, some cut further", "It is so.", groups=(tuple(range(9)), (9, 10)))
    told = describe_verdict(verdict, pd.Series([f"Kind {place}" for place in range(11)]))
    assert told == "Kind 0, Kind 1, Kind 2, Kind 3, Kind 4, Kind 5 and 3 more; Kind 9 and Kind 10. It is so."


def test_nulls_are_told_beside_it_and_decide_nothing() -> None:
    poor = {"gaussian": Reference(0.1, np.full(19, 0.5))}
    verdict = judge_structure(gaps("ggg", 3), poor)
    assert verdict is not None
    assert verdict.kind == "natural clusters"
    assert "p=1.000 against gaussian" in verdict.reason


def test_where_nobody_looked_there_is_none() -> None:
    assert judge_structure(None) is None
