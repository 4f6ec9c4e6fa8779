"""Which products set a segment apart, and do they still do so later? Beside the shares of customers of old.

Segments and products are learnt from what was known on each day, and held against what the same customers
bought after it, by the same measure; and products of a random half of the customers against the other half,
over the same time. A product counts that was expected in one month of a customer or more.

    SEGMENTLAB_DATA=... python bench/apart.py [--days 2011-01-08 ...] [data=online_retail_ii ...]
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from segmentlab.flow import StepTimer, describe, fit_segments
from segmentlab.goods import ProductDays, gather_product_days
from segmentlab.goods.distinctive import find_distinctive
from segmentlab.goods.likelihoods import estimate_likelihoods
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.lab.config.folders import CONF, ROOT
from segmentlab.lab.config.settings import register_settings
from segmentlab.transactions import clean_until

Counts = tuple[int, int, int, int]  # claimed, could be seen, stayed above 1, surely so

DAYS = ("2011-01-08", "2011-03-05", "2011-04-30", "2011-06-25")


def main() -> None:
    """A table per day, and the share that stays over all of them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--days", nargs="*", default=DAYS)
    parser.add_argument("overrides", nargs="*", default=["data=online_retail_ii"])
    options = parser.parse_args()
    register_settings()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    told = [measure(day, options.overrides) for day in options.days]
    for where, counts in zip(("later", "by the other half"), np.sum(told, axis=0), strict=True):
        claimed, seen, above, sure = counts
        print(f"all days: {claimed} said to set apart, {seen} of them bought {where}, of which")
        print(f"{above / max(seen, 1):.1%} above 1, {sure / max(seen, 1):.1%} with a lower end above 1")


def measure(day: str, overrides: Sequence[str]) -> tuple[Counts, Counts]:
    """Learn until a day and look after it; learn from half of the customers and look at the others."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("run", overrides=["evaluate=quick", *overrides, f"as_of={day}"])
    plan, dataset = build_plan(config), build_source(config).read(build_engine(config).connect())
    described = describe(plan, dataset, StepTimer())
    fitted = fit_segments(plan, described, StepTimer())
    labels = pd.Series(fitted.segmenter.labels_, index=described.features.frame.index)
    sales = described.sales
    assert sales is not None
    assert sales.product_days is not None
    assert not isinstance(sales.purchases, str)
    found = estimate_likelihoods(sales.purchases, labels)
    start = time.process_time()
    known = find_distinctive(found, sales.product_days, labels).table
    cost = time.process_time() - start
    later = find_distinctive(found, look_later(plan, dataset, date.fromisoformat(day), labels), labels).table
    told = pd.DataFrame(
        {
            "segment": known["segment"],
            "shares of customers": (known["lift_low"] > 1) & ~known["charge"],
            "lower end above 1": known["times_expected_low"] > 1,
            "set apart": known["sets_apart"],
            "bought later": known["sets_apart"] & (later["expected_months"] >= 1),
        }
    )
    told["still above 1"] = told["bought later"] & (later["times_expected"] > 1)
    told["surely"] = told["bought later"] & (later["times_expected_low"] > 1)
    table = told.groupby("segment").sum()
    table.insert(0, "name", table.index.map(fitted.portrait.called))
    print(f"{day}, {cost:.2f} s of processor time")
    print(table.to_string(), flush=True)
    mine = np.random.default_rng(0).random(len(labels)) < 0.5
    one, other = (
        find_distinctive(found, select_customers(sales.product_days, labels.index[half]), labels).table
        for half in (mine, ~mine)
    )
    return count_kept(known, later), count_kept(one, other)


def count_kept(known: pd.DataFrame, seen: pd.DataFrame) -> Counts:
    """How many were claimed, could be seen elsewhere, were above 1 there, and surely so."""
    claimed = known["sets_apart"]
    there = claimed & (seen["expected_months"] >= 1)
    above, sure = there & (seen["times_expected"] > 1), there & (seen["times_expected_low"] > 1)
    return int(claimed.sum()), int(there.sum()), int(above.sum()), int(sure.sum())


def look_later(plan: object, dataset: object, day: date, labels: pd.Series) -> ProductDays:
    """What the same customers bought from the day on."""
    cleaned, end = clean_until(dataset, plan.cleaning, None)  # type: ignore[attr-defined, arg-type]
    days = gather_product_days(cleaned.transactions, end, len(labels), len(labels))
    assert days is not None
    return select_customers(days, labels.index, (end - day).days)


def select_customers(days: ProductDays, customers: pd.Index, oldest: int | None = None) -> ProductDays:
    """What some customers bought, in the last days only where so many are named."""
    known = days.customers.isin(customers).to_numpy()
    own = (
        (days.customer >= 0) & known[days.customer] & (days.age <= (days.days if oldest is None else oldest))
    )
    number = np.cumsum(known) - 1
    return replace(
        days,
        customers=days.customers[known],
        customer=number[days.customer[own]].astype(np.int32),
        product=days.product[own],
        age=days.age[own],
        pieces=None,
        revenue=days.revenue[own],
    )


if __name__ == "__main__":
    main()
