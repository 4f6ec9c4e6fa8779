"""Which products set a segment apart, and do they still do so later? Beside the shares of customers of old.

Segments and products are learnt from what was known on each day, and held against what the same customers
bought after it, by the same measure. A product counts that one buyer or more was expected to buy by then.

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
    claimed, seen, above, sure = np.sum(told, axis=0)
    print(f"all days: {claimed} said to set apart, {seen} of them sold later, of which")
    print(f"{above / max(seen, 1):.1%} above 1, {sure / max(seen, 1):.1%} with a lower end above 1")


def measure(day: str, overrides: Sequence[str]) -> tuple[int, int, int, int]:
    """Learn until a day, look after it; how many were claimed, could be seen, stayed above 1, surely so."""
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
            "sold later": known["sets_apart"] & (later["expected_buyers"] >= 1),
        }
    )
    told["still above 1"] = told["sold later"] & (later["times_expected"] > 1)
    told["surely"] = told["sold later"] & (later["times_expected_low"] > 1)
    table = told.groupby("segment").sum()
    table.insert(0, "name", table.index.map(fitted.portrait.called))
    print(f"{day}, {cost:.2f} s of processor time")
    print(table.to_string(), flush=True)
    claimed, seen, above, sure = table[["set apart", "sold later", "still above 1", "surely"]].sum()
    return int(claimed), int(seen), int(above), int(sure)


def look_later(plan: object, dataset: object, day: date, labels: pd.Series) -> ProductDays:
    """What the same customers bought from the day on."""
    cleaned, end = clean_until(dataset, plan.cleaning, None)  # type: ignore[attr-defined, arg-type]
    days = gather_product_days(cleaned.transactions, end, len(labels), len(labels))
    assert days is not None
    known = days.customers.isin(labels.index).to_numpy()
    own = known[days.customer] & (days.age <= (end - day).days)
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
