"""Words that need an explanation, each with one, for whoever asks."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from segmentlab.evaluation import Judgement
from segmentlab.features import Column
from segmentlab.report.wording import name_features, name_plainly


class Term(NamedTuple):
    """A word and what it means."""

    word: str
    meaning: str


def list_feature_terms(columns: Sequence[Column], *, has_truth: bool) -> list[Term]:
    """What the numbers on a card are."""
    return list(_list_feature_terms(columns, has_truth=has_truth))


def _list_feature_terms(columns: Sequence[Column], *, has_truth: bool) -> Iterator[Term]:
    if has_truth:
        yield Term("True of 92 %", "what the name says holds for 92 % of the segment's customers")
    for (plain, _), name, column in zip(name_plainly(columns), name_features(columns), columns, strict=True):
        also = "" if plain == name else f" ({name.lower()} in tables and figures)"
        yield Term(
            plain,
            f"{column.description}{also}; half of the segment's customers have less, half more: the median",
        )


TRUST_TERMS: Final = {
    "Found again": "when customers are drawn anew and divided once more, the same segment comes out; from 0 "
    "to 1, the Jaccard similarity",
    "Gap": "a place where customers are rarer than in the segments on both sides",
    "Confidence": "how sure the model is of a customer's segment: near 1 within it, near 0 at its border",
}


def list_trust_terms(judgement: Judgement | None) -> list[Term]:
    """What the words on how sure one may be mean; nothing where nobody judged."""
    return [] if judgement is None else [Term(word, meaning) for word, meaning in TRUST_TERMS.items()]
