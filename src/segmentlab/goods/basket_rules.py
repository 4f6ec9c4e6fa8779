"""Rules from baskets that hold sets together: who buys this buys that as well, and how sure that is."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import gammaln

from segmentlab.errors import ConfigError
from segmentlab.goods.itemsets import FrequentSets, Items

if TYPE_CHECKING:
    from segmentlab.goods.baskets import BasketPart

FloatValues = npt.NDArray[np.float64]

LEAST_BASKETS: Final = 10  # fewer than these are no regularity, whatever share of the baskets they are
NONE: Final = -1  # in place of the second product, where a rule has one
RULE_KEYS: Final = ("if_first", "if_second", "then")
TAIL_END: Final = 1e-17  # of a sum: what is smaller changes none of its digits


@dataclass(frozen=True, kw_only=True)
class BasketLimits:
    """What a rule has to reach.

    `support` is the least share of the baskets that a set of products lies in, and `confidence` the least
    share of the baskets with the first products that hold the other one as well. `false_share` is the share
    of rules that may be due to chance.

    Example:
        >>> from segmentlab.goods import BasketLimits
        >>> BasketLimits(support=0.01).count_least(2_000)
        20
    """

    support: float = 0.005
    confidence: float = 0.1
    false_share: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.support < 1:
            raise ConfigError(
                f"support={self.support}: write the least share of baskets that products lie in together, "
                "above 0 and below 1, such as .005."
            )
        if not 0 <= self.confidence < 1:
            raise ConfigError(
                f"confidence={self.confidence}: write the least share of the baskets with the first products "
                "that hold the other one, from 0 to below 1, such as .1."
            )
        if not 0 < self.false_share < 1:
            raise ConfigError(
                f"false_share={self.false_share}: write the share of rules that may be due to chance, above "
                "0 and below 1, such as .05."
            )

    def count_least(self, baskets: int) -> int:
        """In how many of so many baskets a set has to lie."""
        return max(int(np.ceil(round(self.support * baskets, 9))), LEAST_BASKETS)


def find_rules(sets: FrequentSets, limits: BasketLimits) -> pd.DataFrame:
    """The rules that pass, one for each set at most, those with most baskets beyond chance first.

    Of a set, the direction with the highest confidence stays (see `find_directions`).
    """
    return select_surest(find_directions(sets, limits))


def find_directions(sets: FrequentSets, limits: BasketLimits) -> pd.DataFrame:
    """All directions in which sets can be read as rules that pass.

    A rule says that baskets with `if_first` (and `if_second`) hold `then` too. What it has to beat is chance,
    if it is made of a pair; if of a triple, its better parent, which is the more confident of the two rules
    that need only one of its first products. `p` is the chance of so many such baskets by Fisher's exact
    test: of a pair among all baskets, of a triple among those with the parent's product. `p_adjusted` is
    corrected for the number of rules looked at by Benjamini and Yekutieli, which holds however rules depend
    on each other: they share products and baskets, so that some rise and others fall together.

    `confidence_back` is that of the other direction, where a pair has one. `support`, `confidence`, `lift`
    and `leverage` (the share of baskets beyond what chance makes) are the usual ones.
    """
    tried = pd.concat([_read_pairs(sets), _read_triples(sets)], ignore_index=True)
    beats = tried["together"] * tried["base"] > tried["chosen"] * tried["hits"]
    tried = tried[beats & (tried["confidence"] >= limits.confidence) & (tried["lift"] > 1)]
    counts = (tried[name].to_numpy() for name in ("together", "base", "hits", "chosen"))
    tried = tried.assign(p=compute_fisher_tails(*counts))
    tried = tried.assign(p_adjusted=adjust_p_values(tried["p"].to_numpy()))
    return tried[tried["p_adjusted"] <= limits.false_share].drop(columns=["base", "hits", "chosen"])


def select_surest(directions: pd.DataFrame) -> pd.DataFrame:
    """One direction of each set, the strongest rules first."""
    order = ["set", "confidence", *RULE_KEYS]
    surest = directions.sort_values(order, ascending=[True, False, True, True, True]).drop_duplicates("set")
    best = surest.sort_values(
        ["leverage", *RULE_KEYS], ascending=[False, True, True, True], ignore_index=True
    )
    return best.drop(columns="set")


def _read_pairs(sets: FrequentSets) -> pd.DataFrame:
    """Both directions of each pair; each has to beat chance among all baskets."""
    both = []
    for own, other in ((0, 1), (1, 0)):
        first, then = sets.pairs[:, own], sets.pairs[:, other]
        rules = _measure_rules(sets, first, np.full(len(first), NONE), then, sets.pair_counts)
        rules["confidence_back"] = sets.pair_counts / sets.singles[then]
        rules["base"], rules["hits"] = sets.baskets, sets.singles[then]
        rules["chosen"] = sets.singles[first]
        both.append(rules.assign(set=np.arange(len(rules))))
    return pd.concat(both, ignore_index=True)


def _read_triples(sets: FrequentSets) -> pd.DataFrame:
    """The three directions of each triple; each has to beat the better parent among the parent's baskets."""
    three = []
    for end in range(3):
        first, second = (sets.triples[:, place] for place in range(3) if place != end)
        then, together = sets.triples[:, end], sets.triple_counts
        rules = _measure_rules(sets, first, second, then, together)
        hits = np.column_stack([sets.count_pairs(first, then), sets.count_pairs(second, then)])
        base = np.column_stack([sets.singles[first], sets.singles[second]])
        better = np.argmax(hits / base, axis=1)[:, None]
        rules["base"] = np.take_along_axis(base, better, axis=1)[:, 0]
        rules["hits"] = np.take_along_axis(hits, better, axis=1)[:, 0]
        rules["chosen"] = sets.count_pairs(first, second)
        rules["confidence_back"] = np.nan
        three.append(rules.assign(set=len(sets.pairs) + np.arange(len(rules))))
    return pd.concat(three, ignore_index=True)


def _measure_rules(
    sets: FrequentSets, first: Items, second: Items, then: Items, together: npt.NDArray[np.int64]
) -> pd.DataFrame:
    bought = sets.singles[first] if (second == NONE).all() else sets.count_pairs(first, second)
    support, confidence = together / sets.baskets, together / bought
    usual = sets.singles[then] / sets.baskets
    return pd.DataFrame(
        {
            **dict(zip(RULE_KEYS, (first, second, then), strict=True)),
            "together": together,
            "support": support,
            "confidence": confidence,
            "lift": confidence / usual,
            "leverage": support - bought / sets.baskets * usual,
        }
    )


def compute_fisher_tails(
    together: npt.ArrayLike, base: npt.ArrayLike, hits: npt.ArrayLike, chosen: npt.ArrayLike
) -> FloatValues:
    """The chance of `together` or more hits among so many `chosen` of the base: Fisher's exact test.

    Beyond its mean the hypergeometric distribution falls faster than a geometric one, so few terms of the
    tail are added for all rules at once; SciPy's, one by one, take a minute for half a million rules.
    """
    k, n, hit, drawn = (
        np.atleast_1d(np.asarray(one, dtype=np.float64)) for one in (together, base, hits, chosen)
    )
    term = np.exp(_log_choose(hit, k) + _log_choose(n - hit, drawn - k) - _log_choose(n, drawn))
    total, open_ = term.copy(), np.arange(len(k))
    while len(open_):
        ratio = (hit - k) * (drawn - k) / ((k + 1) * (n - hit - drawn + k + 1))
        term, k = term * ratio, k + 1
        total[open_] += term
        going = term > TAIL_END * total[open_]
        open_ = open_[going]
        term, k, n, hit, drawn = (one[going] for one in (term, k, n, hit, drawn))
    return np.minimum(total, 1.0)


def _log_choose(n: FloatValues, k: FloatValues) -> FloatValues:
    chosen: FloatValues = gammaln(n + 1) - gammaln(k + 1) - gammaln(n - k + 1)
    return chosen


def adjust_p_values(p: FloatValues) -> FloatValues:
    """Benjamini and Yekutieli: the share of false rules if all up to this one are believed."""
    from scipy.stats import false_discovery_control

    return false_discovery_control(p, method="by") if len(p) else p


def follow_rules(rules: pd.DataFrame, later: "BasketPart") -> pd.DataFrame:
    """What became of rules in later baskets: `later_together`, `later_confidence`, `later_lift`.

    Missing where nobody bought the first products any more, or the other one in no basket at all.
    """
    columns = list(RULE_KEYS)
    followed = []
    for paired in (True, False):
        own = rules[(rules["if_second"] == NONE) == paired]
        keys = own[[name for name in columns if not (paired and name == "if_second")]].to_numpy()
        then = later.count_products()[own["then"].to_numpy()]
        together, bought = later.count_sets(keys), later.count_sets(keys[:, :-1])
        with np.errstate(invalid="ignore", divide="ignore"):
            confidence = together / bought
            lift = confidence / (then / later.count)
        followed.append(
            pd.DataFrame(
                {"later_together": together, "later_confidence": confidence, "later_lift": lift}, own.index
            )
        )
    return rules.join(pd.concat(followed))
