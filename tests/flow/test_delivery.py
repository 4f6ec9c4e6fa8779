"""Whether data is still what it was, on logs of a few lines."""

from datetime import date

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segmentlab.flow.alarms import Alarm, AlarmLimits
from segmentlab.flow.delivery import (
    DeliveryDrift,
    check_delivery,
    check_shop,
    compare_deliveries,
    compare_ids,
)
from segmentlab.transactions.books.shop import Shop, compare_shops, find_shop

CUT = date(2011, 2, 1)
LIMITS = AlarmLimits(
    psi=0.25, gap=0.15, days_psi=1.5, days_gap=0.5, alpha=0.001, shares=0.75, growth=1.95,
    confidence=0.2, distance=0.2, noise=0.1, agreement=0.4, names=0.6, ledger=0.1,
    id_shapes=0.95, known=0.05, prices=1.25,
)  # fmt: skip
LEDGER = pd.DataFrame({"rule": ["cancellation", "kept"], "rows": [2, 98]})


def month(day: str, customers: int, factor: float = 1.0) -> pd.DataFrame:
    """Each customer buys each of thirty products; every tenth customer is abroad."""
    pairs = pd.MultiIndex.from_product([range(customers), range(30)], names=["customer", "product"])
    lines = pairs.to_frame(index=False)
    return pd.DataFrame(
        {
            "customer_id": (12000 + lines["customer"]).astype(str),
            "product_id": lines["product"].astype(str),
            "unit_price": (1.0 + lines["product"]) * factor,
            "timestamp": pd.Timestamp(day),
            "country": np.where(lines["customer"] % 10, "United Kingdom", "France"),
        }
    )


def found(before: pd.DataFrame, after: pd.DataFrame, ledger: pd.DataFrame = LEDGER) -> DeliveryDrift:
    lines = ibis.memtable(pd.concat([before, after]))
    return compared(lines, before, (LEDGER, ledger))


def compared(
    lines: ir.Table, trained: pd.DataFrame, ledgers: tuple[pd.DataFrame, pd.DataFrame]
) -> DeliveryDrift:
    ids = compare_ids(lines, CUT, pd.Index(trained["customer_id"].unique()))
    return compare_deliveries(lines, CUT, ids, ledgers)


def check(name: str, seen: DeliveryDrift) -> Alarm:
    return next(check for check in check_delivery(seen, LIMITS) if check.name == name)


BEFORE, AFTER = month("2011-01-10", 200), month("2011-02-10", 150)


def test_a_month_like_the_one_before_raises_no_alarm() -> None:
    seen = found(BEFORE, AFTER)
    assert not [check for check in check_delivery(seen, LIMITS) if check.fired]
    assert (seen.prices, seen.known, seen.id_shapes) == (1.0, 1.0, 1.0)


def test_doubled_and_halved_prices_are_the_same_distance() -> None:
    for factor in (2.0, 0.5):
        prices = check("prices", found(BEFORE, month("2011-02-10", 150, factor)))
        assert prices.fired
        assert prices.value == 2.0


def test_a_lost_country_is_named_with_those_who_are_missed() -> None:
    seen = check("countries", found(BEFORE, AFTER[AFTER["country"] != "France"]))
    assert seen.fired
    assert "France (0 customers of 14)" in seen.told


def test_the_loss_of_the_home_country_is_seen_too() -> None:
    assert check("countries", found(BEFORE, AFTER[AFTER["country"] == "France"])).fired


def test_ids_in_another_form_and_new_ids_in_the_same_form() -> None:
    prefixed = found(BEFORE, AFTER.assign(customer_id="C-" + AFTER["customer_id"]))
    assert check("id_shapes", prefixed).fired
    strangers = found(BEFORE, AFTER.assign(customer_id="9" + AFTER["customer_id"]))
    assert not check("id_shapes", strangers).fired, "longer numbers are still numbers"
    assert check("known", strangers).fired


def test_another_shop_is_told_and_not_refused() -> None:
    """By the comparison that scoring refuses by, without what has a check of its own here."""
    other = AFTER.assign(customer_id="C-" + AFTER["customer_id"], unit_price=40 * AFTER["unit_price"])
    shops = [
        find_shop(ibis.memtable(lines.assign(quantity=1.0)))
        for lines in (BEFORE, AFTER, other.drop(columns="country"))
    ]
    own, same, strange = (check_shop(compare_shops(shops[0], shop)) for shop in shops)
    assert not own.fired
    assert not same.fired
    assert (strange.fired, strange.value) == (True, 2)
    assert strange.told.startswith(
        "schema: the model's data had country, which this data does not have; scale: "
    )
    assert check_shop(compare_shops(Shop(), shops[0])).verdict == "not known"


def test_a_rule_that_takes_out_more_than_it_did_is_named() -> None:
    worse = pd.DataFrame({"rule": ["cancellation", "kept"], "rows": [20, 80]})
    ledger = check("ledger", found(BEFORE, AFTER, worse))
    assert ledger.fired
    assert "'cancellation' had 2.0% of the lines and has 20.0%" in ledger.told


def test_a_rule_is_named_and_not_what_all_rules_left() -> None:
    """As when nine days were exported twice, and a few more lines than usual have no customer."""
    worse = pd.DataFrame({"rule": ["overlap", "cancellation", "kept"], "rows": [4, 5, 91]})
    assert "'overlap' had 0.0% of the lines and has 4.0%" in check("ledger", found(BEFORE, AFTER, worse)).told
    nothing = pd.DataFrame({"rule": ["kept"], "rows": [100]})
    lines = ibis.memtable(pd.concat([BEFORE, AFTER]))
    untouched = compared(lines, BEFORE, (nothing, nothing))
    assert not check("ledger", untouched).fired


def test_what_the_data_does_not_tell_is_not_known_and_alarms_nobody() -> None:
    bare = found(BEFORE, AFTER.drop(columns=["unit_price", "country"]))
    bare_before = found(
        BEFORE.drop(columns=["unit_price", "country"]), AFTER.drop(columns=["unit_price", "country"])
    )
    for name in ("prices", "countries"):
        assert check(name, bare_before).verdict == "not known"
    assert not check("prices", bare).fired


def test_without_earlier_lines_nothing_is_compared_with_them() -> None:
    lines = ibis.memtable(AFTER)
    seen = compared(lines, BEFORE, (LEDGER, LEDGER))
    assert check("prices", seen).verdict == "not known"
    assert check("countries", seen).verdict == "not known"
    assert check("known", seen).value == 1.0, "the model's own customers are known"
