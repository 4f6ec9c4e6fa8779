"""Recommenders of a line in the shop whose tastes are known, and its oracle: `python -m bench.tastes`.

Popularity of the last 90 days, the customer's own count of baskets (ties by popularity), and the oracle that
knows every taste: hit rate and recall of lists of ten over 90 days, of anything and of what is new to the
customer.
"""

import argparse
from datetime import date, timedelta
from tempfile import TemporaryDirectory
from typing import Final

import ibis
import pandas as pd

from segmentlab.transactions import SyntheticWorld

AS_OF: Final = date(2011, 9, 11)
DAYS: Final = 90
TOP: Final = 10
RECENT: Final = 90  # days of which popularity is
PAIR: Final = ["customer_id", "product_id"]


def main() -> None:
    """Print the figures of every seed, and the share of the way from popularity to the oracle."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--customers", type=int, default=5_000)
    options = parser.parse_args()
    rows = [row for seed in range(options.seeds) for row in judge(options.customers, seed)]
    table = pd.DataFrame(rows).groupby(["of", "by"], sort=False)[["customers", "hit", "recall"]]
    print(f"mean of {options.seeds} seeds\n{table.mean().round(3).to_string()}")
    print(f"least and most\n{table.agg(['min', 'max']).round(3).to_string()}")


def judge(customers: int, seed: int) -> list[dict[str, object]]:
    """Hit rate and recall in one world."""
    with TemporaryDirectory(prefix="segmentlab-") as folder:
        world = SyntheticWorld(customers=customers, seed=seed, tastes="personal", folder=folder)
        sales = read_sales(world)
    before, day = sales[sales["day"] < pd.Timestamp(AS_OF)], pd.Timestamp(AS_OF)
    bought = sales.loc[sales["day"].between(day, day + timedelta(days=DAYS - 1)), PAIR].drop_duplicates()
    bought = bought[bought["customer_id"].isin(before["customer_id"])]
    owned = before[PAIR].drop_duplicates()
    rows: list[dict[str, object]] = []
    for of, leave_out in {"anything": None, "new": owned}.items():
        wanted = bought if leave_out is None else drop_pairs(bought, owned)
        people = pd.DataFrame({"customer_id": wanted["customer_id"].unique()})
        lists = {
            "popularity": list_popular(before, people, leave_out),
            "own count": list_own(before, people) if leave_out is None else None,
            "oracle": world.list_likeliest(AS_OF, DAYS, TOP, leave_out),
        }
        rows += [
            {"of": of, "by": name, **measure(chosen, wanted)}
            for name, chosen in lists.items()
            if chosen is not None
        ]
    return rows


def read_sales(world: SyntheticWorld) -> pd.DataFrame:
    """What known customers bought: day, basket, product."""
    lines = world.read(ibis.duckdb.connect()).transactions
    product = lines["product_id"].re_search(r"^[0-9]{5}[A-Z]?$")
    lines = lines.filter(
        lines["customer_id"].notnull(), lines["quantity"] > 0, lines["unit_price"] > 0, product
    )
    table: pd.DataFrame = lines.select(*PAIR, "invoice_id", day=lines["timestamp"].date()).to_pandas()
    return table.assign(day=pd.to_datetime(table["day"]))


def drop_pairs(table: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The rows whose customer and product are not among the pairs."""
    joined = table.merge(pairs, on=PAIR, how="left", indicator="found")
    return table[(joined["found"] == "left_only").to_numpy()]


def count_buyers(before: pd.DataFrame) -> pd.Series:
    """Customers of each product in the last days."""
    lately = before[before["day"] >= pd.Timestamp(AS_OF) - timedelta(days=RECENT)]
    return lately.groupby("product_id")["customer_id"].nunique().sort_values(ascending=False, kind="stable")


def list_popular(before: pd.DataFrame, people: pd.DataFrame, leave_out: pd.DataFrame | None) -> pd.DataFrame:
    """What most customers bought lately; what is left out makes room for the next."""
    popular = count_buyers(before).index.to_series(name="product_id").head(500)
    chosen = people.merge(popular.to_frame(), how="cross")
    if leave_out is not None:
        chosen = drop_pairs(chosen, leave_out)
    return chosen.groupby("customer_id").head(TOP)


def list_own(before: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """What was in most of their baskets, ties by popularity; popular things where that is too little."""
    counts = before[before["customer_id"].isin(people["customer_id"])].groupby(PAIR)["invoice_id"].nunique()
    popular = list_popular(before, people, None).assign(count=0)
    every = pd.concat([counts.rename("count").reset_index(), popular]).drop_duplicates(PAIR)
    every = every.assign(buyers=every["product_id"].map(count_buyers(before)).fillna(0))
    best = every.sort_values(["count", "buyers"], ascending=False, kind="stable")
    return best.groupby("customer_id").head(TOP)


def measure(chosen: pd.DataFrame, wanted: pd.DataFrame) -> dict[str, float]:
    """Share of customers with a hit, and the share of what they bought that was listed."""
    size = wanted.groupby("customer_id").size()
    hits = chosen.merge(wanted, on=PAIR).groupby("customer_id").size().reindex(size.index, fill_value=0)
    return {"customers": len(size), "hit": (hits > 0).mean(), "recall": (hits / size).mean()}


if __name__ == "__main__":
    main()
