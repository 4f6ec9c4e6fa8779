"""What is foreseen of customers whose truth is known: `python -m bench.value_worlds`.

Generated shops of one kind of customers each: after the models' own law, after the same law in a season of
their own, subscribers, and mixes of these with the first. Forecasts are made on days within the history, and
held to the log after it and to the truth.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

import ibis
import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score

from segmentlab.evaluation import find_subscriptions
from segmentlab.transactions import SyntheticWorld
from segmentlab.transactions.shop import lives
from segmentlab.value import (
    Levels,
    ValueModel,
    fit_rhythm_model,
    fit_value_model,
    look_ahead,
    measure_coverage,
    measure_regularity,
    sum_outcomes,
    summarize_rhythms,
)

CUSTOMERS: Final = 5_000
CUTS: Final = (date(2011, 6, 11), date(2011, 9, 9))
HORIZON: Final = 91
LAW: Final = {"r": lives.R, "alpha": lives.ALPHA, "a": lives.A, "b": lives.B}
SPEND_LAW: Final = {"p": lives.P, "q": lives.Q, "v": lives.V}
TENTHS: Final = 10
MIXES: Final = (0.3, 0.5, 0.7)  # shares of subscribers
CLOSED: Final = date(2011, 1, 3)  # the shop has been so since 24 December
MANY: Final = 1_000_000


Fitter = Callable[[pd.DataFrame], ValueModel]
BOTH: Final[dict[str, Fitter]] = {"rhythm": fit_rhythm_model, "mbg_nbd": fit_value_model}


class Shop(NamedTuple):
    """A world by customer and day, and what is known of its customers."""

    days: pd.DataFrame
    truth: pd.DataFrame


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--seeds", type=int, default=8)
    parser.add_argument("--customers", type=int, default=CUSTOMERS)
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    options = parser.parse_args()
    for part in options.parts:
        print(f"\n{part}")
        PARTS[part](options.customers, options.seeds)


def show_law(customers: int, seeds: int, kind: str = "after_law") -> None:
    """Customers after the law: its parameters, forecasts, and what an outlook says of itself."""
    shops = draw_shops(customers, seeds, **{kind: 1.0})
    show_parameters(shops)
    show_scores([row for shop in shops for row in judge(shop, {"mbg_nbd": fit_value_model})])
    show_outlooks(shops)


def show_seasonal(customers: int, seeds: int) -> None:
    """Customers of a season, for whom the law is wrong."""
    show_law(customers, seeds, "seasonal")


def draw_shops(customers: int, seeds: int, **shares: float) -> list[Shop]:
    """Worlds of equal shares."""
    return [draw_shop(customers, seed, **shares) for seed in range(seeds)]


def draw_shop(customers: int, seed: int, **shares: float) -> Shop:
    """A world by customer and day: what was kept, what was bought, dirt included."""
    with TemporaryDirectory(prefix="segmentlab-") as folder:
        world = SyntheticWorld(customers=customers, seed=seed, folder=folder, **shares)
        lines = world.read(ibis.duckdb.connect()).transactions
        lines = lines.filter(lines["customer_id"].notnull() & (lines["unit_price"] > 0))
        value = lines["quantity"] * lines["unit_price"]
        sold = (lines["quantity"] > 0) & ~lines["invoice_id"].startswith("C")
        table = lines.group_by("customer_id", day=lines["timestamp"].date()).aggregate(
            money=value.sum().round(6), gross=value.sum(where=sold).fill_null(0.0).round(6), bought=sold.any()
        )
        days = table.order_by("customer_id", "day").to_pandas()
        return Shop(days.assign(day=pd.to_datetime(days["day"])), world.read_truth())


def show_parameters(shops: list[Shop]) -> None:
    """How many standard errors the parameters are off; of spend with what was taken back, and without it."""
    rows = []
    for shop in shops:
        net = fit_value_model(summarize_rhythms(shop.days, CUTS[0]))
        gross = fit_value_model(summarize_rhythms(shop.days.assign(money=shop.days["gross"]), CUTS[0]))
        off = count_errors(net, "orders", LAW)
        off |= {f"{name}, gross": value for name, value in count_errors(gross, "spend", SPEND_LAW).items()}
        off |= {f"{name}, net": value for name, value in count_errors(net, "spend", SPEND_LAW).items()}
        rows.append(off)
    print(pd.DataFrame(rows).round(2).to_string())


def count_errors(model: ValueModel, what: str, law: dict[str, float]) -> dict[str, float]:
    """How many standard errors each parameter of a fit is off."""
    fit = model.fits[what]
    return {name: (fit.parameters[name] - law[name]) / (fit.errors[name] or np.inf) for name in law}


def judge(shop: Shop, fits: dict[str, Fitter]) -> Iterator[dict[str, object]]:
    """Forecasts of each day by each model, held to what came and to the truth."""
    for cut in CUTS:
        people = summarize_rhythms(shop.days, cut)
        came = sum_outcomes(shop.days, cut, HORIZON).reindex(people.index).fillna(0.0)
        truth = shop.truth.reindex(people.index)
        there = ~(truth["left"] < pd.Timestamp(cut))
        for name, fit in fits.items():
            model = fit(people)
            table = model.forecast(people, HORIZON)
            places = model.place_outcomes(people, HORIZON, came, seed=1)
            yield {
                "day": cut,
                "model": name,
                "covered, orders": measure_coverage(places["orders"].to_numpy(), Levels()),
                "covered, spend": measure_coverage(places["spend"].to_numpy(), Levels()),
                "level": (came["orders"] > 0).sum() / table["buys"].sum(),
                "buys, square": ((table["buys"] - (came["orders"] > 0)) ** 2).mean(),
                "buys, error": measure_calibration(table["buys"], came["orders"] > 0),
                "alive, auc": roc_auc_score(there, table["alive"]),
                "alive, error": measure_calibration(table["alive"], there),
                "alive, level": there.sum() / table["alive"].sum(),
                "orders, error": (table["orders"] - came["orders"]).abs().mean(),
                "orders, level": came["orders"].sum() / table["orders"].sum(),
                "per order, r": np.corrcoef(np.log(table["per_order"]), np.log(truth["spend"]))[0, 1],
                "score, r2": np.corrcoef(table["score"], np.log1p(came["spend"]))[0, 1] ** 2,
            }


def measure_calibration(chances: pd.Series, happened: pd.Series) -> float:
    """How far what happened is from what was expected, on the mean of tenths of customers."""
    tenth = (chances.rank(method="first") - 1) * TENTHS // len(chances)
    return float((happened - chances).groupby(tenth).mean().abs().mean())


def show_scores(rows: list[dict[str, object]]) -> None:
    """Mean, least and most over shops, by day and model."""
    table = pd.DataFrame(rows).groupby(["day", "model"])
    for name, values in {"mean": table.mean(), "least": table.min(), "most": table.max()}.items():
        print(f"  {name} of {len(rows)} forecasts\n{values.round(3).T.to_string()}")


def show_outlooks(shops: list[Shop]) -> None:
    """What an outlook says of itself: levels of earlier periods, and whether they are believed."""
    for shop in shops[:2]:
        for cut in CUTS:
            outlook = look_ahead(shop.days, cut, HORIZON)
            levels = ", ".join(f"{level:.2f}" for level in (*outlook.levels, outlook.season or np.nan))
            print(f"  {cut}: levels {levels}; believed: {outlook.is_level_foreseen}")


def show_subscribers(customers: int, seeds: int) -> None:
    """Their own rhythm beside a law of free trade; the churn that is found; and after a closed week."""
    shops = draw_shops(customers, seeds, subscribers=1.0)
    churn = {"churn": lives.LAST_PAYMENT}
    fitted = [fit_rhythm_model(summarize_rhythms(shop.days, CUTS[0])) for shop in shops]
    off = [round(count_errors(model, "orders", churn)["churn"], 2) for model in fitted]
    print(f"  churn, standard errors off: {off}")
    show_scores([row for shop in shops for row in judge(shop, BOTH)])
    for shop in shops[:3]:
        bought = shop.days[shop.days["bought"]]
        months = bought.assign(month=bought["day"].dt.to_period("M").dt.to_timestamp())
        months = months.groupby(["customer_id", "month"]).agg(
            revenue=("gross", "sum"), orders=("day", "size")
        )
        people = bought.groupby("customer_id")["day"].agg(orders="size", last="max")
        monthly = find_subscriptions(people, months.reset_index(), bought["day"].max().date())
        alive = fit_rhythm_model(summarize_rhythms(shop.days, CLOSED)).forecast(
            summarize_rhythms(shop.days, CLOSED), HORIZON
        )["alive"]
        there = ~(shop.truth["left"].reindex(alive.index) < pd.Timestamp(CLOSED))
        print(
            f"  even gaps {measure_regularity(bought).share:.3f}, same sum month by month "
            f"{monthly.share if monthly else 0:.3f}; {CLOSED}: {alive.mean():.2f} said to be there, "
            f"{there.mean():.2f} are"
        )


def show_mixes(customers: int, seeds: int) -> None:
    """Which law foresees a mix better, and which one an outlook takes."""
    for share in MIXES:
        shops = draw_shops(customers, min(seeds, 3), subscribers=share, after_law=1 - share)
        rows = [row for shop in shops for row in judge(shop, BOTH)]
        print(f"  {share:.0%} subscribers, all others after the law")
        print(pd.DataFrame(rows).groupby(["day", "model"]).mean().round(3).T.to_string())
        for shop in shops:
            models = [type(look_ahead(shop.days, cut, HORIZON).model).__name__ for cut in CUTS]
            print(f"  an outlook takes {', '.join(models)}")


def show_cost(_: int, __: int) -> None:
    """Processor time of a fit of rhythms, and of forecasts of three horizons."""
    for customers in (5_878, MANY):
        rhythms = draw_rhythms(customers)
        start = time.process_time()
        model = fit_rhythm_model(rhythms)
        fitted = time.process_time()
        for horizon in (30, 90, 365):
            model.forecast(rhythms, horizon)
        done = time.process_time()
        status = Path("/proc/self/status").read_text(encoding="utf-8")
        memory = int(status.split("VmHWM:")[1].split()[0]) / 2**20
        print(
            f"  {customers:,}: fit {fitted - start:.1f} s, forecasts {done - fitted:.1f} s, {memory:.2f} GiB"
        )


def draw_rhythms(customers: int) -> pd.DataFrame:
    """Rhythms of subscribers, in days of two years."""
    chance = np.random.default_rng(0)
    gap = chance.choice(lives.PERIODS, customers, p=lives.PERIOD_SHARES)
    repeats = np.minimum(chance.geometric(lives.LAST_PAYMENT, customers) - 1.0, 700 // gap)
    recency = np.round(repeats * gap)
    age = np.round(recency + chance.random(customers) * np.minimum(701 - recency, 400))
    came = repeats > 0
    return pd.DataFrame(
        {
            "repeats": repeats,
            "recency": recency,
            "age": age,
            "spend": chance.lognormal(3, 1, customers).round(2),
            "gap": np.where(came, recency / np.maximum(repeats, 1), 0.0),
            "missed": 0.0,
            "scatter": np.where(came, 0.03, 0.0),
        }
    )


PARTS: Final[dict[str, Callable[[int, int], None]]] = {
    "after_law": show_law,
    "seasonal": show_seasonal,
    "subscribers": show_subscribers,
    "mixes": show_mixes,
    "cost": show_cost,
}

if __name__ == "__main__":
    main()
