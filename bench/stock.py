"""What to have in stock, told on earlier days: how far off, beside the last period and the last year?

On each day segments, orders and demand are learnt from what was known then, the way to forecast and its
intervals from the three periods before, and the table is held against what was bought in the weeks after.

    SEGMENTLAB_DATA=... python bench/stock.py [--days 2011-03-05 ...] [data=online_retail_ii ...]
"""

import argparse
import time
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np
import pandas as pd
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from segmentlab.flow import StepTimer, describe, fit_segments, foresee_stock
from segmentlab.flow.holdout import relearn
from segmentlab.goods import ALL_SHOPPERS, Stock, gather_product_days
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.lab.config.folders import CONF, ROOT
from segmentlab.lab.config.settings import register_settings
from segmentlab.transactions import clean_until, select_unnamed

DAYS = ("2011-03-05", "2011-04-30", "2011-06-25", "2011-08-20", "2011-10-15")
WEEKS = 4
RIVALS = ["last_period", "last_year"]


def main() -> None:
    """A table per day, and the means over days."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--days", nargs="*", default=DAYS)
    parser.add_argument("overrides", nargs="*", default=["data=online_retail_ii"])
    options = parser.parse_args()
    register_settings()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    told = pd.concat([measure(day, options.overrides) for day in options.days])
    with pd.option_context("display.width", 200, "display.precision", 3):
        print("mean over days")
        print(told.groupby(level=0, sort=False).mean().to_string())


def measure(day: str, overrides: Sequence[str]) -> pd.DataFrame:
    """By segment: how far off the forecast and its rivals are, and how often the interval held."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        quick = ["evaluate=quick", "evaluate.holdout_days=90", *overrides, f"as_of={day}"]
        plan = build_plan(config := compose("run", overrides=quick))
    dataset = build_source(config).read(build_engine(config).connect())
    described = describe(plan, dataset, StepTimer())
    labels = fit_segments(plan, described, StepTimer()).customers.set_index("customer_id")["segment"]
    then = relearn(plan, described)
    start = time.process_time()
    stock = foresee_stock(described, labels, then, WEEKS)
    cost = time.process_time() - start
    assert isinstance(stock, Stock), stock
    came = sum_later(plan, dataset, date.fromisoformat(day), labels, described)
    both = stock.table.set_index(["segment", "product_id"]).join(came.rename("came"), how="outer")
    zeros = both[["expected", *RIVALS]].fillna(0.0)
    off = zeros.sub(both["came"].fillna(0.0), axis=0).abs().groupby(level="segment").sum()
    whole = both["came"].groupby(level="segment").sum()
    told = off.div(whole, axis=0)
    likely = both[both["expected"] >= 0.5].fillna({"came": 0.0})
    held = (likely["came"] >= likely["low"] - 0.01) & (likely["came"] <= likely["high"] + 0.01)
    told["held"] = held.groupby(level="segment").mean()
    own = zeros.index.get_level_values("segment").str.fullmatch(r"-?\d+")
    pairs = zeros[own].sub(both["came"].fillna(0.0)[own], axis=0).abs().sum() / both["came"][own].sum()
    told.loc["segments, product by product"] = {
        **pairs,
        "held": held[held.index.isin(zeros[own].index)].mean(),
    }
    promised = np.nan if stock.coverage is None else stock.coverage
    print(f"{day}: {stock.way}, {cost:.2f} s of processor time, held on earlier days {promised:.3f}")
    with pd.option_context("display.width", 200, "display.precision", 3):
        print(told.to_string(), flush=True)
    return told


def sum_later(plan: object, dataset: object, day: date, labels: pd.Series, described: object) -> pd.Series:
    """Pieces that were bought in the weeks from the day on, by segment and product."""
    end = day + timedelta(weeks=WEEKS)
    lines = clean_until(dataset, plan.cleaning, end)[0].transactions  # type: ignore[attr-defined, arg-type]
    unnamed = select_unnamed(dataset.transactions, plan.cleaning, end)  # type: ignore[attr-defined]
    days = gather_product_days(lines, end, len(labels), len(labels), unnamed)
    products = described.sales.purchases.products  # type: ignore[attr-defined]
    charges = set(products.loc[products["charge"], "product_id"])
    assert days is not None
    assert days.pieces is not None
    later = days.age <= 7 * WEEKS
    segment = labels.astype("str").reindex(days.customers).fillna("new customers").to_numpy()
    named = np.where(days.customer >= 0, segment[days.customer], "unknown customers")
    table = pd.DataFrame(
        {
            "segment": named[later],
            "product_id": days.products.to_numpy()[days.product[later]],
            "pieces": days.pieces[later],
        }
    )
    table = table[~table["product_id"].isin(charges)]
    both = pd.concat([table, table.assign(segment=ALL_SHOPPERS)])
    return both.groupby(["segment", "product_id"])["pieces"].sum()


if __name__ == "__main__":
    main()
