"""Do recommendations beat the simplest rivals, out of time? On generated worlds, or on data that you name.

Each world is cut on several days. Segments are learnt from what was known then, and what every way would have
recommended is held against what customers bought in the days after. `--large` generates purchases of many
customers and products, and says what fitting and listing cost. Worlds are those of customers with tastes of
their own; the oracle knows these, and no list can be better than its own.

    python bench/recommend.py [--seeds 3] [--customers 5000] [--days 90] [--cutoffs 3] [data=... ...]
    python bench/recommend.py --large [--customers 100000] [--products 10000]
"""

import argparse
import resource
import tempfile
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf

from segmentlab.errors import DataError
from segmentlab.flow import StepTimer, describe
from segmentlab.flow.holdout import judge_recommendations, relearn, relearn_earlier
from segmentlab.flow.result import PastSegments
from segmentlab.goods import NEW
from segmentlab.goods.product_portrait import portray_products
from segmentlab.goods.purchases import Purchases, sum_baskets
from segmentlab.lab.config.build import build_engine, build_plan, build_source
from segmentlab.lab.config.folders import CONF, ROOT
from segmentlab.lab.config.settings import register_settings
from segmentlab.transactions import SyntheticWorld

SHOWN = ["kind", "by", "shown", "days", "customers", "hit_rate", "recall", "recall_low", "recall_high"]
BEYOND = ["recall_beyond_low", "recall_beyond_high"]


def main() -> None:
    """A table per world, one for the data that is named, or what a large shop costs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--customers", type=int)
    parser.add_argument("--products", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=90, help="between the days, and after the last one")
    parser.add_argument("--cutoffs", type=int, default=3)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("overrides", nargs="*", help="as for run.py; without any, worlds are generated")
    options = parser.parse_args()
    if options.large:
        measure_large(options.customers or 100_000, options.products)
        return
    register_settings()
    OmegaConf.register_new_resolver("repo", lambda path="": str(ROOT / path), replace=True)
    days = [f"evaluate.holdout_days={options.days}", f"evaluate.cutoffs={options.cutoffs}"]
    if options.overrides:
        measure([*days, *options.overrides])
        return
    for seed in range(options.seeds):
        with tempfile.TemporaryDirectory() as folder:
            world = [
                "data.tastes=personal",
                f"data.customers={options.customers or 5_000}",
                f"data.folder={folder}",
            ]
            measure([*days, *world, f"seed={seed}"])


def measure(overrides: Sequence[str]) -> None:
    """Judge, and say how long the judging and the recommending took."""
    with initialize_config_dir(str(CONF), version_base="1.3"):
        config = compose("run", overrides=["evaluate=quick", *overrides])
    plan, dataset = build_plan(config), build_source(config).read(build_engine(config).connect())
    described = describe(plan, dataset, StepTimer())
    days = [relearn(plan, described), *relearn_earlier(plan, described)]
    start = time.process_time()
    hindsight = judge_recommendations(days)
    judging = time.process_time() - start
    if hindsight is None or described.sales is None or not isinstance(described.sales.purchases, Purchases):
        raise DataError(f"Nobody came back for anything: {[day for day in days if isinstance(day, str)]}")
    labels = pd.Series(0, index=described.features.frame.index)
    start = time.process_time()
    portrait = portray_products(described.sales.purchases, labels, hindsight)
    listing = time.process_time() - start
    told = " ".join(one for one in overrides if not one.startswith("data.folder"))
    print(f"{told}: judged in {judging:.2f} s, all recommended in {listing:.2f} s of processor time")
    table = hindsight.table[hindsight.table["segment"].isna()]
    with pd.option_context("display.width", 200, "display.precision", 4):
        print(table[[*SHOWN, *BEYOND]].to_string(index=False))
    for kind, choice in portrait.choices.items():
        print(f"{kind}: {choice.reason}", flush=True)
    if isinstance(world := build_source(config), SyntheticWorld) and world.tastes == "personal":
        compare_with_oracle(world, [day for day in days if isinstance(day, PastSegments)], table)


def compare_with_oracle(world: SyntheticWorld, days: Sequence[PastSegments], table: pd.DataFrame) -> None:
    """The recall of who knows every taste, and how much of the way from popularity to it is gone."""
    for kind, own in table.groupby("kind"):
        known = np.concatenate([measure_oracle(world, day, str(kind)) for day in days])
        recall = own.set_index("by")["recall"]
        best, shown = known.mean(), recall[own.set_index("by")["shown"]].iloc[0]
        share = (shown - recall["popularity"]) / (best - recall["popularity"])
        print(
            f"{kind}: oracle {best:.4f}, shown {shown:.4f}, popularity {recall['popularity']:.4f}: ", end=""
        )
        print(f"{share:.0%} of the gap", flush=True)


def measure_oracle(world: SyntheticWorld, day: PastSegments, kind: str) -> np.ndarray:
    """The recall at ten of each customer who came back after a day, of what the truth says is likeliest."""
    assert day.known.baskets is not None
    before, after = day.known.baskets.before, day.known.baskets.after
    people, products = before.customers.to_numpy(), before.products["product_id"].to_numpy()
    owned = pd.DataFrame({"customer_id": people[before.customer], "product_id": products[before.product]})
    goods = after[~before.products["charge"].to_numpy()[after["product"]]]
    bought = pd.DataFrame(
        {"customer_id": people[goods["customer"]], "product_id": products[goods["product"]]}
    )
    if kind == NEW:
        both = bought.merge(owned, how="left", indicator=True)
        bought = both.loc[both["_merge"] == "left_only", ["customer_id", "product_id"]]
    lists = world.list_likeliest(day.known.cut, days=day.known.days, leave_out=owned if kind == NEW else None)
    hits = bought.merge(lists[["customer_id", "product_id"]]).groupby("customer_id").size()
    sizes = bought.groupby("customer_id").size()
    return (hits.reindex(sizes.index, fill_value=0) / sizes).to_numpy()


def measure_large(customers: int, products: int, seed: int = 0) -> None:
    """Fit and list for a shop with families of products and a long tail: seconds and the peak of memory."""
    purchases = draw_purchases(customers, products, seed)
    labels = pd.Series(np.arange(customers) % 5, index=purchases.customers.to_numpy())
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    wall, processor = time.perf_counter(), time.process_time()
    portrait = portray_products(purchases, labels)
    wall, processor = time.perf_counter() - wall, time.process_time() - processor
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{customers:,} customers, {products:,} products, {len(purchases.customer):,} pairs: ", end="")
    print(
        f"{len(portrait.for_customers):,} products listed in {wall:.1f} s ({processor:.1f} s of processor ",
        end="",
    )
    print(f"time), peak {peak:.2f} GiB ({before:.2f} GiB before)")


def draw_purchases(customers: int, products: int, seed: int) -> Purchases:
    """Some sixty lines a customer within a year, half of them from two families of their own."""
    generator = np.random.default_rng(seed)
    lines = generator.poisson(60, customers) + 1
    customer = np.repeat(np.arange(customers, dtype=np.int32), lines)
    weight = 1 / np.arange(1, products + 1) ** 0.7
    product = generator.choice(products, len(customer), p=weight / weight.sum())
    own = generator.integers(0, products // 50, (customers, 2))[
        customer, generator.integers(0, 2, len(customer))
    ]
    family = own * 50 + generator.integers(0, 50, len(customer))
    product = np.where(generator.random(len(customer)) < 0.5, product, family).astype(np.int32)
    ago = generator.integers(0, 365, len(customer)).astype(np.int32)
    ids = np.char.mod("%05d", np.arange(products))
    return Purchases(
        customers=pd.Series(np.char.mod("%06d", np.arange(customers)), dtype="str"),
        products=pd.DataFrame({"product_id": ids, "description": ids, "charge": False}),
        **sum_baskets(customer, product, ago, generator.random(len(customer))),
        days=365,
    )


if __name__ == "__main__":
    main()
