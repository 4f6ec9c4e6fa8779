"""What the bench of value looks at: two shops by customer and day, and customers who live by a law."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pandas as pd

from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.transactions.ledger import clean_lines
from segmentlab.value import Outlook, look_ahead, sum_outcomes, summarize_days
from tests.configs import composed

HORIZON: Final = 182  # days


class Day(NamedTuple):
    """What was expected on a day, and what came."""

    cut: date
    outlook: Outlook
    people: pd.DataFrame  # their histories
    rfm: pd.DataFrame
    spend: np.ndarray


def list_days(folder: Path, cuts: tuple[date, ...]) -> Iterator[Day]:
    """What was expected on each day of those who had bought by then, and what they spent (gross) after it."""
    days = read_days(folder)
    gross = days.assign(money=days["gross"])
    for cut in cuts:
        outlook = look_ahead(days, cut, HORIZON)
        past = days[days["bought"] & (days["day"] < pd.Timestamp(cut))].groupby("customer_id")
        rfm = pd.DataFrame(
            {
                "recency": (pd.Timestamp(cut) - past["day"].max()).dt.days,
                "frequency": past["invoices"].sum(),
                "monetary": past["gross"].sum(),
            }
        )
        later = sum_outcomes(gross, cut, HORIZON)["spend"].reindex(rfm.index).fillna(0.0)
        yield Day(cut, outlook, summarize_days(days, cut), rfm, later.to_numpy())


def read_days(folder: Path) -> pd.DataFrame:
    """Online Retail II by customer and day: what was kept, what was bought, how many invoices."""
    config = composed("data=online_retail_ii", f"data.local={folder}")
    rules = build_plan(config).cleaning
    taken = {name: rules[name] for name in ("overlap", "unknown_customer", "price_not_positive")}
    lines = build_source(config).read(build_engine(config).connect()).transactions
    lines = clean_lines(lines, taken, "online_retail_ii").transactions
    lines = lines.mutate(value=lines["quantity"] * lines["unit_price"], day=lines["timestamp"].date())
    is_sale = (lines["quantity"] > 0) & ~lines["invoice_id"].startswith("C")
    table = lines.group_by("customer_id", "day").aggregate(
        money=lines["value"].sum().round(6),
        gross=lines["value"].sum(where=is_sale).fill_null(0.0).round(6),
        bought=is_sale.any(),
        invoices=lines["invoice_id"].nunique(where=is_sale),
    )
    days = table.order_by("customer_id", "day").to_pandas()
    return days.assign(day=pd.to_datetime(days["day"]))


def read_cdnow(folder: Path) -> pd.DataFrame:
    """CDNOW by customer and day."""
    names = ["customer_id", "day", "pieces", "money"]
    path = folder / "raw" / "cdnow" / "CDNOW_master.txt"
    log = pd.read_csv(path, sep=r"\s+", skiprows=1, header=None, names=names)
    log["day"] = pd.to_datetime(log["day"].astype(str), format="%Y%m%d")
    return log.groupby(["customer_id", "day"], as_index=False)["money"].sum()


def draw_people(customers: int) -> pd.DataFrame:
    """Histories by MBG/NBD and Gamma-Gamma, in whole days of two years."""
    chance = np.random.default_rng(0)
    age = chance.integers(1, 731, customers).astype(float)
    rate = np.maximum(chance.gamma(0.6, 1 / 60, customers), 1e-9)
    last_order = chance.geometric(chance.beta(0.8, 2.5, customers))
    repeats, recency, moment = (np.zeros(customers) for _ in range(3))
    there = np.flatnonzero(last_order > 1)
    while len(there):
        moment[there] += chance.exponential(1 / rate[there])
        there = there[moment[there] < age[there]]
        repeats[there] += 1
        recency[there] = np.floor(moment[there])
        there = there[last_order[there] > repeats[there] + 1]
    spend = chance.gamma(4.0, 1 / chance.gamma(4.0, 1 / 60, customers)).round(2)
    return pd.DataFrame({"repeats": repeats, "recency": recency, "age": age, "spend": spend})
