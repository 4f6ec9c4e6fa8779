"""What goes together: rules from all baskets and from those of each segment, and whether they last."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.goods.basket_rules import (
    LEAST_BASKETS,
    NONE,
    RULE_KEYS,
    BasketLimits,
    find_directions,
    find_rules,
    follow_rules,
    select_surest,
)
from segmentlab.goods.baskets import BasketPart, Baskets
from segmentlab.goods.itemsets import FrequentSets
from segmentlab.goods.spark_baskets import SparkBaskets

EVERYBODY: Final = "everybody"
SOLD_DAYS: Final = 30  # at the end: what nobody bought within them has left the shop, and its rules with it
LASTING_CONFIDENCE: Final = 0.5  # of the earlier one: with less of it a rule has not lasted
RATIO_DIGITS: Final = 6
RATIOS: Final = ("support", "confidence", "confidence_back", "lift", "leverage")
OUT_OF_TIME: Final = ("earlier_confidence", "later_confidence", "later_lift")
NO_RULES: Final = {
    "pairs": 0,
    "triples": 0,
    "rules": 0,
    "later_from": None,
    "followed": 0,
    "lift_held": np.nan,
    "confidence_held": np.nan,
    "note": "",
}
PART_KEYS: Final = ("segment", "name")

AnyBaskets = Baskets | SparkBaskets


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
    baskets: AnyBaskets, labels: pd.Series, names: Mapping[int, str], limits: BasketLimits
) -> BasketPortrait:
    """Learn rules from all baskets, and from those of the customers of each segment.

    `labels` has the segment by customer id; where it is empty, everybody is the only part. Everybody's are
    all baskets that cleaning left, also of customers without a segment and of nobody known. A segment that is
    too small for rules is among the parts, and says so.
    """
    known = baskets.label(labels) if len(labels) else baskets
    everybody = _learn_part(known, None, limits)
    if everybody.sets is None:
        raise ConfigError(str(everybody.told["note"]))
    parts, rules = [], []
    for segment in (None, *map(int, np.sort(labels.unique()))):
        learnt = everybody if segment is None else _learn_part(known, segment, limits)
        name = EVERYBODY if segment is None else names.get(segment, str(segment))
        key = dict(zip(PART_KEYS, (segment, name), strict=True))
        parts.append({**key, **learnt.told})
        rules.append(learnt.rules.assign(**key))
    return BasketPortrait(
        parts=pd.DataFrame(parts).astype({"segment": "Int64"}),
        rules=_name_rules(pd.concat(rules, ignore_index=True), baskets.products),
        sets=_list_sets(everybody.sets, baskets.products),
        limits=limits,
        notes=(*baskets.notes, *_note_apart(*known.count_apart())),
    )


def _note_apart(nobody: int, others: int) -> Iterator[str]:
    """Whose baskets are everybody's alone."""
    if nobody:
        yield f"{nobody:,} baskets of nobody known are everybody's, and of no segment."
    if others:
        yield f"{others:,} baskets are of customers without a segment: they are everybody's alone."


def _learn_part(baskets: AnyBaskets, segment: int | None, limits: BasketLimits) -> LearntPart:
    """The rules of a segment, or of everybody; where there are none, the note says why."""
    part = baskets.select(segment)
    least = limits.count_least(part.count)
    told: dict[str, object] = {
        "customers": part.count_owners(),
        "baskets": part.count,
        "products": int((part.count_products() > 0).sum()),
        "least": least,
        **NO_RULES,
    }
    try:
        sets = part.find_sets(least)
        split = _find_middle_day(part)
        earlier = find_lasting_rules(baskets, segment, split, limits)
    except ConfigError as error:
        return LearntPart({**told, "note": str(error)}, pd.DataFrame(columns=list(RULE_KEYS)), None)
    if not len(sets.pairs):
        note = _describe_emptiness(part, sets, limits)
        return LearntPart({**told, "note": note}, pd.DataFrame(columns=list(RULE_KEYS)), None)
    last = baskets.find_last_days()
    rules = select_on_sale(find_rules(sets, limits), last, last.max())
    told |= {"pairs": len(sets.pairs), "triples": len(sets.triples), "rules": len(rules)}
    told |= {"note": "" if len(rules) else "no set of products goes together beyond chance"}
    told |= {"later_from": f"{split}"}
    return LearntPart(told | _judge_rules(select_surest(earlier)), _join_later(rules, earlier), sets)


def _find_middle_day(part: BasketPart) -> date:
    """The day before which half of the baskets were bought."""
    days = part.count_days()
    if days.empty:
        raise ConfigError("there is no basket")
    middle: date = days.index[int(np.searchsorted(days.cumsum().to_numpy(), part.count // 2, side="right"))]
    return middle


def find_lasting_rules(
    baskets: AnyBaskets, segment: int | None, split: date, limits: BasketLimits
) -> pd.DataFrame:
    """Rules learnt from what was known on a day, in every direction, and what became of them after it."""
    known = baskets.select(segment, before=split)
    found = find_directions(known.find_sets(limits.count_least(known.count)), limits)
    on_sale = select_on_sale(found, baskets.find_last_days(split), np.datetime64(split))
    return follow_rules(on_sale, baskets.select(segment, since=split))


def select_on_sale(rules: pd.DataFrame, last: npt.NDArray[np.datetime64], day: np.datetime64) -> pd.DataFrame:
    """The rules of whose products each was bought lately."""
    sold = last > day - np.timedelta64(SOLD_DAYS, "D")
    first, second, then = (rules[name].to_numpy(dtype=np.int64) for name in RULE_KEYS)
    kept: pd.DataFrame = rules[sold[first] & sold[then] & (sold[second] | (second == NONE))]
    return kept.reset_index(drop=True)


def _describe_emptiness(part: BasketPart, sets: FrequentSets, limits: BasketLimits) -> str:
    """Why no two products lie together often enough, and which support would find some."""
    if sets.baskets < sets.least:
        return f"{sets.baskets:,} baskets are too few: a set of products has to lie in {sets.least}"
    least = sets.least
    while not len(sets.pairs) and least > LEAST_BASKETS:
        least = max(least // 2, LEAST_BASKETS)
        sets = part.find_sets(least)
    if not len(sets.pairs):
        return (
            f"no two products lie together in {LEAST_BASKETS} of {sets.baskets:,} baskets, which is the "
            "least that counts"
        )
    told = f"support={limits.support:g}: no two products lie together in so many of {sets.baskets:,} baskets"
    most = int(sets.pair_counts.max())
    support = math.floor(most / sets.baskets * 10_000) / 10_000
    return f"{told}; the commonest pair lies in {most:,}. Write support={support:g} or less"


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
