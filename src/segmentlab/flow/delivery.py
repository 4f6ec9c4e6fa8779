"""Whether the data is still what it was: ids, prices, countries, and what cleaning takes out.

The season moves every total of a shop, so like is compared with like: the same product's price, a
country's share of customers, the form of an id.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, NamedTuple

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segmentlab.flow.alarms import Alarm, AlarmLimits, compute_stability_index
from segmentlab.transactions import (
    DELIVERY_DIFFERENCES,
    OF_LINES,
    DeliveryHabits,
    Shop,
    ShopComparison,
    find_id_shapes,
    list_customers,
)

FEWEST_PRODUCTS: Final = 20
LOST_SHARE: Final = 0.5
SHOWN_EXAMPLES: Final = 3


@dataclass(frozen=True)
class DeliveryDrift:
    """What is known of the data: `prices` and `countries` compare the latest days with all before them."""

    ledger: pd.DataFrame  # per rule, the share of lines it took out, before and after
    psi_of_ledger: float
    id_shapes: float  # share of the latest customers whose ids look like the model's customers' ids
    known: float  # share of the latest customers whom the model or the earlier lines know
    prices: float  # median factor of the prices of the same products
    countries: pd.DataFrame | None  # customers: expected, seen, and the chance of so few


class IdComparison(NamedTuple):
    """Of the latest customers, the shares whose ids look like the model's, and who were seen before."""

    shapes: float
    known: float


def find_latest(lines: ir.Table, cut: date) -> ir.BooleanValue:
    """Which lines are the latest: those from `cut` on."""
    return lines["timestamp"] >= ibis.timestamp(f"{cut} 00:00:00")


def compare_ids(lines: ir.Table, cut: date, trained_ids: pd.Index) -> IdComparison:
    """Compare the ids of the latest customers with those before them and with the model's."""
    latest = find_latest(lines, cut)
    now, then = list_customers(lines.filter(latest)), list_customers(lines.filter(~latest))
    if now.empty:
        return IdComparison(np.nan, np.nan)
    shapes = find_id_shapes(trained_ids).unique()
    return IdComparison(
        shapes=float(np.mean(find_id_shapes(now).isin(shapes))),
        known=float(np.mean(now.isin(trained_ids.union(then)))),
    )


def compare_deliveries(
    lines: ir.Table, cut: date, ids: IdComparison, ledgers: tuple[pd.DataFrame, pd.DataFrame]
) -> DeliveryDrift:
    """Compare clean lines from `cut` on with those before it, and the ledger with the model's own."""
    latest = find_latest(lines, cut)
    books = _compare_ledgers(*ledgers)
    return DeliveryDrift(
        ledger=books / books.sum(),
        psi_of_ledger=compute_stability_index(books["before"].to_numpy(), books["after"].to_numpy()),
        id_shapes=ids.shapes,
        known=ids.known,
        prices=_compute_price_factor(lines, latest),
        countries=_compare_countries(lines, latest),
    )


def check_delivery(found: DeliveryDrift, limits: AlarmLimits) -> Iterator[Alarm]:
    """What each comparison comes to."""
    yield _check_ledger(found, limits.ledger)
    written = "share of the latest customers whose ids are written as the model's are"
    yield Alarm("id_shapes", found.id_shapes, limits.id_shapes, written, at_most=False)
    seen = "share of the latest customers who were seen before"
    yield Alarm("known", found.known, limits.known, seen, at_most=False)
    dearer = f"the same products cost {found.prices:.3g} times what they did (median)"
    yield Alarm("prices", max(found.prices, 1 / found.prices), limits.prices, dearer)
    yield _find_lost_countries(found.countries, limits.alpha)


def check_shop(found: ShopComparison) -> Alarm:
    """Nothing is refused, for a look is there to tell. Ids and customers have checks of their own."""
    if set(OF_LINES) & set(found.unknown):
        return Alarm("shop", np.nan, 0, "the model's run does not tell which shop it has learnt from")
    told = [f"{word}: {found.differences[word]}" for word in OF_LINES if word in found.differences]
    return Alarm("shop", len(told), 0, "; ".join(told) or "columns, currency and usual line are the model's")


def check_feed(learnt: Shop, found: ShopComparison) -> Alarm:
    """Whether lines come in as they did: that nobody comes any more may be a feed that has died."""
    if DeliveryHabits.read(learnt.by_name) == DeliveryHabits():
        return Alarm("feed", np.nan, 0, "the model's data is too short to tell how lines come in, or too old")
    told = [
        f"{word}: {found.differences[word]}" for word in DELIVERY_DIFFERENCES if word in found.differences
    ]
    return Alarm("feed", len(told), 0, "; ".join(told) or "lines come in as they did")


def _compare_ledgers(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The lines under each rule of two ledgers, and those that were kept."""
    rows = {"before": before.set_index("rule")["rows"], "after": after.set_index("rule")["rows"]}
    return pd.DataFrame(rows).fillna(0)


def _check_ledger(found: DeliveryDrift, limit: float) -> Alarm:
    """All rules together make what is kept change most, so one of them is named."""
    changes = (found.ledger["after"] - found.ledger["before"]).abs()
    rule = str(changes.drop("kept").idxmax() if len(changes) > 1 else "kept")
    then, now = float(found.ledger["before"][rule]), float(found.ledger["after"][rule])
    return Alarm(
        "ledger", found.psi_of_ledger, limit, f"'{rule}' had {then:.1%} of the lines and has {now:.1%}"
    )


def _find_lost_countries(countries: pd.DataFrame | None, alpha: float) -> Alarm:
    if countries is None:
        return Alarm("countries", np.nan, 0, "the log has no countries, or no earlier lines")
    few = countries["seen"] <= LOST_SHARE * countries["expected"]
    lost = countries[few & (countries["p"] < alpha)].nlargest(SHOWN_EXAMPLES, "expected")
    names = [
        f"{name} ({row['seen']:.0f} customers of {row['expected']:.0f})" for name, row in lost.iterrows()
    ]
    return Alarm("countries", len(lost), 0, ", ".join(names) or "no country lost half of its customers")


def _compute_price_factor(lines: ir.Table, latest: ir.BooleanValue) -> float:
    """How many times its earlier price a product costs now: the median of the products sold in both times."""
    if not {"product_id", "unit_price"} <= set(lines.columns):
        return np.nan
    # Ibis's `where` would reach Spark as a percentage that is missing for the other lines, which is refused.
    sides = {"before": ~latest, "after": latest}
    prices = lines.group_by("product_id").aggregate(
        **{name: ibis.ifelse(side, lines["unit_price"], None).median() for name, side in sides.items()}
    )
    both = prices.to_pandas().dropna(subset=["before", "after"]).query("before > 0 and after > 0")
    return float((both["after"] / both["before"]).median()) if len(both) >= FEWEST_PRODUCTS else np.nan


def _compare_countries(lines: ir.Table, latest: ir.BooleanValue) -> pd.DataFrame | None:
    """Customers per country in the latest days, against the shares that the countries had before."""
    from scipy.stats import false_discovery_control, poisson

    if "country" not in lines.columns:
        return None
    customers = lines["customer_id"]
    counted = lines.group_by("country").aggregate(
        before=customers.nunique(where=~latest), seen=customers.nunique(where=latest)
    )
    found: pd.DataFrame = counted.to_pandas().dropna().set_index("country").sort_index()
    if not found["before"].sum() or not found["seen"].sum():
        return None
    # A lost country makes the shares of the others grow, so its own place is counted from all customers seen.
    expected = found["before"] / found["before"].sum() * found["seen"].sum()
    chances = false_discovery_control(poisson.cdf(found["seen"], expected))
    return found.assign(expected=expected, p=chances)
