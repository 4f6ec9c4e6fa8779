"""Ways to recommend, each one entry: what they are called, what they are for, and how they score products."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from segmentlab.goods.assortment import Assortment, RowNumbers, ScoreMatrix
from segmentlab.goods.relations import Weights

if TYPE_CHECKING:
    from scipy.sparse import csr_array

AGAIN: Final = "again"  # whatever it is, what they have or not
NEW: Final = "new"  # what they have never bought
KINDS: Final = (AGAIN, NEW)
CHANCE_SEED: Final = 0


class Pull(NamedTuple):
    """What speaks for a product because of what a customer has: their tastes times weights."""

    tastes: "csr_array"  # of the related candidates alone
    related: RowNumbers  # their columns
    weights: Weights  # of what each of them says of each other
    least: npt.NDArray[np.float32]  # what speaks for each candidate anyway: less is no reason

    def score(self, customers: RowNumbers) -> ScoreMatrix:
        """Customers by candidates; nothing speaks for a candidate that is not related to any."""
        scores = np.zeros((len(customers), len(self.least)), dtype=np.float32)
        scores[:, self.related] = self.tastes[customers] @ self.weights
        return scores


class Scorer(NamedTuple):
    """Customers by candidates: the higher, the sooner they are recommended."""

    score: Callable[[RowNumbers], ScoreMatrix]
    pull: Pull | None = None


@dataclass(frozen=True)
class Way:
    """One way to recommend.

    Chance is there to be beaten, and never shown. Of the others the simplest come first, for each kind.
    """

    name: str
    title: str  # what people call it
    learn: Callable[[Assortment], Scorer]
    kinds: tuple[str, ...] = KINDS
    reason: str = "popular lately"  # why a product is listed that neither was bought nor goes with anything
    ours: bool = False  # it has to beat all others before it is shown


def score_chance(assortment: Assortment) -> Scorer:
    """Any order, the same in every run."""
    generator, size = np.random.default_rng(CHANCE_SEED), len(assortment.candidates)
    return Scorer(lambda customers: generator.random((len(customers), size), dtype=np.float32))


def score_popularity(assortment: Assortment) -> Scorer:
    """How many bought it lately."""
    return Scorer(lambda customers: np.tile(assortment.popularity, (len(customers), 1)))


def score_segment_popularity(assortment: Assortment) -> Scorer:
    """How many of the segment bought it lately."""
    return Scorer(lambda customers: assortment.segment_popularity[assortment.segment[customers]])


def score_own_history(assortment: Assortment) -> Scorer:
    """In how many of their baskets it lay."""
    return Scorer(lambda customers: _spread(assortment.baskets[customers]))


def score_recent_history(assortment: Assortment) -> Scorer:
    """The same with recency."""
    return Scorer(lambda customers: _spread(assortment.recent[customers]))


def score_neighbours(assortment: Assortment) -> Scorer:
    """How alike its buyers are to those of what they have."""
    pull = _follow(assortment, assortment.neighbours, np.zeros_like(assortment.popularity))
    return Scorer(pull.score, pull)


# What goes together weighs so much beside one basket of their own, and popularity so much in it. Chosen on
# the earlier of three days of Online Retail II and of generated shops, never on the last one.
BLEND_RELATIONS: Final = 4.0
BLEND_POPULARITY: Final = 0.2
POPULAR_RELATIONS: Final = 8.0
POPULAR_POPULARITY: Final = 3.0


def score_blend(assortment: Assortment) -> Scorer:
    """In how many of their baskets it lay, and what goes with all they have; popularity is a trace in it."""
    return _blend(assortment, assortment.relations, BLEND_RELATIONS, BLEND_POPULARITY)


def score_close_blend(assortment: Assortment) -> Scorer:
    """The same where tastes are strong and purchases few: what goes together is believed sooner."""
    return _blend(assortment, assortment.close_relations, BLEND_RELATIONS, BLEND_POPULARITY)


def score_popular_blend(assortment: Assortment) -> Scorer:
    """The same where tastes are weak: popularity speaks louder than a single basket."""
    return _blend(assortment, assortment.relations, POPULAR_RELATIONS, POPULAR_POPULARITY)


def _blend(assortment: Assortment, weights: Weights, relations: float, popularity: float) -> Scorer:
    share = np.float32(popularity) * assortment.popularity
    pull = _follow(assortment, weights, share)

    def score(customers: RowNumbers) -> ScoreMatrix:
        speaks = pull.score(customers) + share
        return np.float32(relations) * speaks + _spread(assortment.baskets[customers])

    return Scorer(score, pull)


def _follow(assortment: Assortment, weights: Weights, least: npt.NDArray[np.float32]) -> Pull:
    return Pull(assortment.tastes[:, assortment.related], assortment.related, weights, least)


def _spread(rows: "csr_array") -> ScoreMatrix:
    table: ScoreMatrix = rows.toarray()
    return table


WAYS: Final = (
    Way("random", "A random draw", score_chance, reason="drawn at random"),
    Way("own", "What they bought most often", score_own_history, (AGAIN,)),
    Way("recent", "What they bought often and lately", score_recent_history, (AGAIN,)),
    Way("popularity", "What everybody buys", score_popularity),
    Way(
        "segment_popularity",
        "What their segment buys",
        score_segment_popularity,
        reason="liked in the segment",
    ),
    Way("neighbours", "What buyers of the same products buy", score_neighbours),
    Way("blend", "Own history with what goes with it", score_blend, ours=True),
    Way("close_blend", "Own history with what goes closely with it", score_close_blend, ours=True),
    Way(
        "popular_blend",
        "Own history with what goes with it and what everybody buys",
        score_popular_blend,
        ours=True,
    ),
)
CHANCE: Final = "random"
# What is shown where nobody can judge: it won on the shops that we know, or lost by least.
UNJUDGED: Final[Mapping[str, str]] = {AGAIN: "own", NEW: "blend"}


def list_ways(kind: str) -> list[Way]:
    """Those that make sense for a kind, the simplest first."""
    return [way for way in WAYS if kind in way.kinds]


def find_way(name: str) -> Way:
    """The entry of that name."""
    return next(way for way in WAYS if way.name == name)
