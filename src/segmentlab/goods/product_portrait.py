"""Products of a segmentation: what segments buy, and what to recommend."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from segmentlab.goods.assortment import MOST_RELATED, lay_out_assortment
from segmentlab.goods.distinctive import find_distinctive
from segmentlab.goods.hindsight import RATES, Choice, JudgedWays
from segmentlab.goods.likelihoods import Likelihoods, estimate_likelihoods
from segmentlab.goods.product_days import ProductDays
from segmentlab.goods.purchases import Purchases
from segmentlab.goods.recommendations import (
    ProductLists,
    choose_best_products,
    recommend_per_customer,
    recommend_per_segment,
)
from segmentlab.goods.ways import AGAIN, KINDS, NEW, UNJUDGED, find_way


@dataclass(frozen=True)
class ProductPortrait:
    """What the customers of each segment buy, what they may buy again, and what they have not bought yet.

    `for_customers` and `for_segments` are the recommendations, of both kinds. `choices` says which way they
    come from and why; `hindsight` how good all ways were on earlier days, where the data reaches back far
    enough.
    """

    likelihoods: Likelihoods
    for_customers: pd.DataFrame
    for_segments: pd.DataFrame
    choices: Mapping[str, Choice]
    hindsight: JudgedWays | None = None
    notes: tuple[str, ...] = ()
    metrics: Mapping[str, float] = field(default_factory=dict)


def portray_products(
    purchases: Purchases,
    labels: pd.Series,
    hindsight: JudgedWays | None = None,
    days: ProductDays | None = None,
    *,
    most_related: int = MOST_RELATED,
) -> ProductPortrait:
    """Estimate, and recommend to every customer of the purchases, in the way that hindsight chose.

    `days`, where they are known, tell which products set a segment apart from who buys as much.
    """
    likelihoods = estimate_likelihoods(purchases, labels)
    assortment = lay_out_assortment(purchases, labels, most_related)
    choices = {kind: _find_choice(kind, hindsight) for kind in KINDS}
    ways = {choice.way: find_way(choice.way) for choice in choices.values()}
    scorers = {name: way.learn(assortment) for name, way in ways.items()}
    everybody = np.arange(len(purchases.customers))
    lists: dict[str, ProductLists] = {}
    for name, scorer in scorers.items():
        own = tuple(kind for kind in KINDS if choices[kind].way == name)
        lists |= choose_best_products(assortment, scorer, everybody, own)
    shown = {kind: (ways[choices[kind].way], scorers[choices[kind].way]) for kind in KINDS}
    recommended = recommend_per_customer(assortment, likelihoods, shown, lists)
    return ProductPortrait(
        likelihoods=likelihoods if days is None else find_distinctive(likelihoods, days, labels),
        for_customers=recommended,
        for_segments=recommend_per_segment(recommended, labels, likelihoods),
        choices=choices,
        hindsight=hindsight,
        notes=(*purchases.notes, *(choices[kind].reason for kind in KINDS)),
        metrics={} if hindsight is None else list_hindsight_metrics(hindsight),
    )


def _find_choice(kind: str, hindsight: JudgedWays | None) -> Choice:
    if hindsight is not None and kind in hindsight.choices:
        return hindsight.choices[kind]
    title = find_way(UNJUDGED[kind]).title
    told = "no earlier day was looked at, and it did best on shops that we know (evaluate=standard judges it)"
    return Choice(UNJUDGED[kind], f"“{title}” is shown unjudged: {told}.")


def list_hindsight_metrics(hindsight: JudgedWays) -> dict[str, float]:
    """The rates by the names that runs are compared by: of what is shown, and of what is to be beaten."""
    overall = hindsight.table[hindsight.table["segment"].isna()]
    rows = overall.set_index(["kind", "by"])[[*RATES]].to_dict("index")
    told = {
        "": (NEW, _name_shown(hindsight, NEW)),
        "repeat_": (AGAIN, _name_shown(hindsight, AGAIN)),
        "popularity_": (NEW, "popularity"),
        "random_": (NEW, "random"),
        "own_": (AGAIN, "own"),
        "repeat_popularity_": (AGAIN, "popularity"),
    }
    return {
        f"recommend/{start}{rate}": rows[key][rate]
        for start, key in told.items()
        if key in rows
        for rate in RATES
    }


def _name_shown(hindsight: JudgedWays, kind: str) -> str:
    return hindsight.choices[kind].way if kind in hindsight.choices else ""
