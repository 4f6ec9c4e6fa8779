"""What else is told of the small shop: names, rules, months, countries and products."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from segmentlab.flow.items import Picture
from segmentlab.goods.product_portrait import ProductPortrait, portray_products
from segmentlab.goods.purchases import Purchases
from segmentlab.report.page import PageContent
from segmentlab.segments.habits import compute_trait_shares, sum_by_month
from segmentlab.segments.portrait import Portrait
from segmentlab.segments.profile import compare_segment_features
from tests.report.shop import Shop, make_facts, put_on_one_day, write_up

PRODUCTS = ("LANTERN", "TEAPOT", "CANDLE", "RIBBON")


def make_portrait(shop: Shop) -> Portrait:
    """Every table that describes the segments of the shop."""
    facts, names = make_facts(shop), shop.profile["name"]
    told = pd.DataFrame({"name": names, "description": "High value, frequent"})
    rules = pd.DataFrame({"segment": shop.profile.index, "name": names.to_numpy(), "customers": 30})
    return Portrait(
        profile=add_money(shop.profile).assign(average_order_value=12.5, return_rate=0.1, growth=-0.25),
        features=compare_segment_features(np.exp(shop.prepared), shop.labels),
        traits=compute_trait_shares(facts.customers[["country"]], shop.labels),
        months=sum_by_month(facts, shop.labels),
        names=told.assign(reason="8 orders are typical.", actions="loyalty program; ask for reviews"),
        rules=rules.assign(rule="recency up to 34 days", precision=0.92, coverage=0.8),
        fidelity=0.9,
        notes=("The log has no countries.",),
    )


def make_products(shop: Shop, descriptions: Sequence[str] = PRODUCTS) -> ProductPortrait:
    """Most of a segment buy its own product, the others some product, and everybody the last one."""
    customers, last = len(shop.labels), len(descriptions) - 1
    place = np.arange(customers)
    own = np.where(place % 3 == 0, place // 3, shop.labels) % last
    bought = Purchases(
        customers=pd.Series(shop.labels.index, name="customer_id"),
        products=pd.DataFrame(
            {"product_id": [f"={number}" for number in range(last + 1)], "description": descriptions}
        ).assign(charge=False),
        customer=np.repeat(np.arange(customers, dtype=np.int32), 2),
        product=np.column_stack([own, np.full(customers, last)]).ravel().astype(np.int32),
        age=np.ones(2 * customers, dtype=np.int32),
        revenue=np.ones(2 * customers),
        baskets=np.ones(2 * customers, dtype=np.int32),
        short_memory=np.ones(2 * customers),
        long_memory=np.ones(2 * customers),
        days=90,
    )
    return portray_products(bought, shop.labels, hindsight=None, days=put_on_one_day(bought))


def make_customers(shop: Shop) -> pd.DataFrame:
    """A row per customer, with the features behind the segments."""
    told = pd.DataFrame({"segment": shop.labels, "name": shop.labels.map(shop.profile["name"])})
    paid = {"gross": 77_556.46, "returned": np.where(np.arange(len(told)) == 0, 77_621.14, 9.0)}
    return (
        told.assign(confidence=0.875, **paid)
        .join(np.exp(shop.prepared))
        .eval("net = gross - returned")
        .reset_index()
    )


def add_money(profile: pd.DataFrame) -> pd.DataFrame:
    """What the segments paid and brought back; one customer of the first kept nothing."""
    money = profile.assign(gross=profile["revenue"] + 65_433, returned=65_433.0, net=profile["revenue"])
    return money.assign(
        return_rate=money["returned"] / money["gross"], kept_nothing=[1] + [0] * (len(money) - 1)
    )


def write_up_fully(shop: Shop, pictures: Sequence[Picture] = ()) -> PageContent:
    """A report that leaves nothing out, but for the pictures that are not given."""
    return dataclasses.replace(
        write_up(shop, pictures),
        profile=add_money(shop.profile),
        money="Money of the whole log: gross 4,000,000.00, refunds -296,299.00, net 3,703,701.00.",
        portrait=make_portrait(shop),
        products=make_products(shop),
        customers=make_customers(shop),
    )
