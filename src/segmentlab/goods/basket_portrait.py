"""What goes together: rules from all baskets and from those of each segment, and whether they last."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.goods.basket_rules import NONE, RULE_KEYS, BasketLimits, find_rules, follow_rules
from segmentlab.goods.baskets import Baskets, Chosen
from segmentlab.goods.itemsets import FrequentSets, find_frequent_sets

if TYPE_CHECKING:
    from scipy.sparse import csr_array

EVERYBODY: Final = "everybody"
SOLD_DAYS: Final = 30  # at the end: what nobody bought within them has left the shop, and its rules with it
LASTING_CONFIDENCE: Final = 0.5  # of the earlier one: with less of it a rule has not lasted
RATIO_DIGITS: Final = 6
RATIOS: Final = ("support", "confidence", "confidence_back", "lift", "leverage")
OUT_OF_TIME: Final = ("earlier_confidence", "later_confidence", "later_lift")
PART_KEYS: Final = ("segment", "name")


@dataclass(frozen=True)
class BasketPortrait:
    """What goes together.

    `parts` has a row for everybody and for each segment: how many customers, baskets and products, the
    `least` number of baskets that a set has to lie in, how many sets there are and how many rules. Of the
    rules learnt from the earlier half of its baskets it has how many there were (`followed`), in which share
    the products went together in the later half too (`lift_held`), which begins with the day `later_from`,
    and in which at least half of the confidence was left (`confidence_held`). `note` says why a part has no
    rules.

    `rules` has a row for each rule of each part, those with most baskets beyond chance first (see
    `find_rules`). `earlier_confidence`, `later_confidence` and `later_lift` are those of the same rule when
    it is learnt from the earlier half and looked at in the later one; they are missing where the earlier half
    does not know it. `sets` are the frequent sets of all baskets.
    """

    parts: pd.DataFrame
    rules: pd.DataFrame
    sets: pd.DataFrame
    limits: BasketLimits
    notes: tuple[str, ...] = ()


class LearntPart(NamedTuple):
    """Rules of some baskets, in numbers of products, and what is told of these baskets."""

    told: dict[str, object]
    rules: pd.DataFrame
    sets: FrequentSets | None


def portray_baskets(
    baskets: Baskets, labels: pd.Series, names: Mapping[int, str], limits: BasketLimits
) -> BasketPortrait:
    """Learn rules from all baskets, and from those of the customers of each segment.

    `labels` has the segment by customer id; where it is empty, everybody is the only part. Everybody's are
    all baskets that cleaning left, also of customers without a segment and of nobody known. A segment that is
    too small for rules is among the parts, and says so.
    """
    parts, rules, sets = [], [], None
    for segment, chosen in _choose_baskets(baskets, labels):
        learnt = _learn_part(baskets, chosen, limits, must=segment is None)
        name = EVERYBODY if segment is None else names.get(segment, str(segment))
        key = dict(zip(PART_KEYS, (segment, name), strict=True))
        parts.append({**key, **learnt.told})
        rules.append(learnt.rules.assign(**key))
        sets = sets or learnt.sets
    assert sets is not None  # of everybody, or that was refused
    return BasketPortrait(
        parts=pd.DataFrame(parts).astype({"segment": "Int64"}),
        rules=_name_rules(pd.concat(rules, ignore_index=True), baskets.products),
        sets=_list_sets(sets, baskets.products),
        limits=limits,
        notes=(*baskets.notes, *_note_apart(baskets, labels)),
    )


def _choose_baskets(baskets: Baskets, labels: pd.Series) -> Iterator[tuple[int | None, Chosen]]:
    """Everybody's baskets, then those of each segment."""
    yield None, np.ones(len(baskets), dtype=bool)
    own = labels.reindex(baskets.owners).to_numpy(dtype=float, na_value=np.nan)
    for segment in np.sort(labels.unique()):
        yield int(segment), own == segment


def _note_apart(baskets: Baskets, labels: pd.Series) -> Iterator[str]:
    """Whose baskets are everybody's alone."""
    nobody = int(baskets.owners.isna().sum())
    if nobody:
        yield f"{nobody:,} baskets of nobody known are everybody's, and of no segment."
    others = int((baskets.owners.notna() & ~baskets.owners.isin(labels.index)).sum())
    if others and len(labels):
        yield f"{others:,} baskets are of customers without a segment: they are everybody's alone."


def _learn_part(baskets: Baskets, chosen: Chosen, limits: BasketLimits, *, must: bool) -> LearntPart:
    """The rules of these baskets; where they `must` be found, what prevents it is an error."""
    matrix, last = baskets.make_matrix(chosen), baskets.find_last_days()
    count, least = matrix.shape[0], limits.count_least(matrix.shape[0])
    told: dict[str, object] = {
        "customers": baskets.owners[chosen].nunique(),
        "baskets": count,
        "products": len(np.unique(matrix.indices)),
        "least": least,
        "pairs": 0,
        "triples": 0,
        "rules": 0,
    }
    try:
        sets = _find_sets(matrix, limits)
    except ConfigError as error:
        if must:
            raise
        return LearntPart({**told, "note": str(error)}, pd.DataFrame(columns=list(RULE_KEYS)), None)
    split = np.sort(baskets.days[chosen])[count // 2]
    earlier = find_lasting_rules(baskets, chosen, split, limits)
    rules = select_on_sale(find_rules(sets, limits), last, baskets.days.max())
    told |= {"pairs": len(sets.pairs), "triples": len(sets.triples), "rules": len(rules)}
    told |= {"note": "" if len(rules) else "no set of products goes together beyond chance"}
    told |= {"later_from": split.astype(str)}
    return LearntPart(told | _judge_rules(earlier), _join_later(rules, earlier), sets)


def _find_sets(matrix: "csr_array", limits: BasketLimits) -> FrequentSets:
    sets = find_frequent_sets(matrix, limits.count_least(matrix.shape[0]))
    if not len(sets.pairs):
        raise ConfigError(_describe_emptiness(sets, limits))
    return sets


def find_lasting_rules(
    baskets: Baskets, chosen: Chosen, split: np.datetime64, limits: BasketLimits
) -> pd.DataFrame:
    """Rules learnt from what was known on a day, with what became of them from that day on."""
    before = chosen & (baskets.days < split)
    known = baskets.make_matrix(before)
    found = find_rules(find_frequent_sets(known, limits.count_least(known.shape[0])), limits)
    last = baskets.find_last_days(baskets.days < split)
    return follow_rules(select_on_sale(found, last, split), baskets.make_matrix(chosen & ~before))


def select_on_sale(rules: pd.DataFrame, last: npt.NDArray[np.datetime64], day: np.datetime64) -> pd.DataFrame:
    """The rules of whose products each was bought lately."""
    sold = last > day - np.timedelta64(SOLD_DAYS, "D")
    first, second, then = (rules[name].to_numpy(dtype=np.int64) for name in RULE_KEYS)
    kept: pd.DataFrame = rules[sold[first] & sold[then] & (sold[second] | (second == NONE))]
    return kept.reset_index(drop=True)


def _describe_emptiness(sets: FrequentSets, limits: BasketLimits) -> str:
    if sets.baskets < sets.least:
        return f"{sets.baskets:,} baskets are too few: a set of products has to lie in {sets.least}"
    return (
        f"support={limits.support:g}: no two products lie together in {sets.least:,} of {sets.baskets:,} "
        f"baskets, and {len(sets.frequent):,} products lie in so many at all. Write a lower support"
    )


def _judge_rules(followed: pd.DataFrame) -> dict[str, object]:
    """How many of the earlier rules held; what can't be told of a rule has not held."""
    if followed.empty:
        return {"followed": 0}
    kept = followed["later_confidence"] >= LASTING_CONFIDENCE * followed["confidence"]
    return {
        "followed": len(followed),
        "lift_held": float((followed["later_lift"] > 1).mean()),
        "confidence_held": float(kept.mean()),
    }


def _join_later(rules: pd.DataFrame, followed: pd.DataFrame) -> pd.DataFrame:
    known = followed.rename(columns={"confidence": "earlier_confidence"})
    return rules.merge(known[[*RULE_KEYS, *OUT_OF_TIME]], on=list(RULE_KEYS), how="left")


def _name_rules(rules: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Ids and descriptions in place of numbers."""
    named = {name: rules[name] for name in PART_KEYS}
    for key in RULE_KEYS:
        named |= _name_products(rules[key].to_numpy(dtype=np.int64), products, key)
    numbers = rules.drop(columns=[*PART_KEYS, *RULE_KEYS]).rename(columns={"together": "baskets"})
    table = pd.DataFrame(named).join(numbers.round(dict.fromkeys((*RATIOS, *OUT_OF_TIME), RATIO_DIGITS)))
    return table.astype({"segment": "Int64", "baskets": "int64"})


def _list_sets(sets: FrequentSets, products: pd.DataFrame) -> pd.DataFrame:
    """Every frequent set of two or three products, those in most baskets first."""
    pairs = np.column_stack([sets.pairs, np.full(len(sets.pairs), NONE)])
    items, counts = np.vstack([pairs, sets.triples]), np.append(sets.pair_counts, sets.triple_counts)
    order = np.argsort(-counts, kind="stable")
    named: dict[str, pd.Series] = {}
    for name, column in zip(("first", "second", "third"), items[order].T, strict=True):
        named |= _name_products(column, products, name)
    return pd.DataFrame(named).assign(
        baskets=counts[order], support=(counts[order] / sets.baskets).round(RATIO_DIGITS)
    )


def _name_products(
    numbers: npt.NDArray[np.integer], products: pd.DataFrame, name: str
) -> dict[str, pd.Series]:
    """The columns that say which products these are; missing where there is none."""
    place = pd.Series(numbers).where(numbers != NONE).astype("Int64")
    columns = {name: "product_id", f"{name}_description": "description"}
    return {new: place.map(products[old]) for new, old in columns.items() if old in products}
