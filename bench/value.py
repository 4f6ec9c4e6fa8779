"""How well orders and spend are foreseen: `SEGMENTLAB_DATA=<folder> python -m bench.value`.

The published estimates of CDNOW, its 39 weeks held out, and 26 weeks of Online Retail II after several days,
beside what everybody could have said; intervals, probabilities, segments, and a million customers. The days
of `WORKED_ON` were in sight while the room was made; `--holdout` takes others, which were looked at once: the
`first` ones when it was made, the `second` ones when the recipe for segments was chosen.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import numpy as np
import pandas as pd
from sklearn.cluster import KMeans

from bench.value_days import HORIZON, draw_people, list_days, read_cdnow, read_days
from segmentlab.evaluation import forecast_by_group, score_forecast
from segmentlab.evaluation.usefulness import Forecast
from segmentlab.value import (
    LAWS,
    fit_order_law,
    fit_value_model,
    look_ahead,
    measure_coverage,
    sum_outcomes,
    summarize_days,
)
from segmentlab.value.hindsight import look_back
from segmentlab.value.intervals import set_levels
from segmentlab.value.outlook import are_foreseen

WORKED_ON: Final = (date(2010, 12, 18), date(2011, 2, 12), date(2011, 4, 9), date(2011, 5, 28))
HELD_OUT: Final = (date(2011, 1, 15), date(2011, 3, 12), date(2011, 5, 7), date(2011, 6, 11))
HELD_OUT_LATER: Final = (date(2011, 1, 29), date(2011, 2, 26), date(2011, 4, 23), date(2011, 5, 21))
DAYS: Final = {"none": WORKED_ON, "first": HELD_OUT, "second": HELD_OUT_LATER}
CDNOW_CUT, CDNOW_HORIZON = date(1997, 10, 1), 273
SHORT_HORIZONS: Final = (30, 60, 91)  # of which two earlier periods are known
SEGMENTS: Final = 5
CUSTOMERS: Final = 1_000_000
RFM: Final = ("recency", "frequency", "monetary")


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--holdout", default="none", choices=DAYS, help="days that nobody had looked at")
    parser.add_argument("--parts", nargs="+", default=list(PARTS), choices=PARTS)
    options = parser.parse_args()
    folder = Path(os.environ["SEGMENTLAB_DATA"])
    for part in options.parts:
        print(f"\n{part}")
        PARTS[part](folder, DAYS[options.holdout])


def show_published(folder: Path, _: tuple[date, ...]) -> None:
    """The estimates on the sample of CDNOW."""
    sample = pd.read_csv(folder / "raw" / "cdnow" / "cdnow_customers_summary.csv")
    people = sample.rename(columns={"frequency": "repeats", "T": "age"})
    for law in LAWS:
        fit = fit_order_law(people, law)[1]
        found = ", ".join(
            f"{name} {value:.4f} ({fit.errors[name]:.3f})" for name, value in fit.parameters.items()
        )
        print(f"  {law:11} {found}, log likelihood {fit.log_likelihood:.1f}, converged {fit.converged}")
    print("  published   BG/NBD r .243, alpha 4.414, a .793, b 2.426")


def show_cdnow(folder: Path, _: tuple[date, ...]) -> None:
    """All of CDNOW, 39 weeks held out."""
    days = read_cdnow(folder)
    people = summarize_days(days, CDNOW_CUT)
    came = sum_outcomes(days, CDNOW_CUT, CDNOW_HORIZON).reindex(people.index).fillna(0.0)
    past = people["repeats"] * CDNOW_HORIZON / people["age"]
    print(f"  {'as often as before':18} error {(past - came['orders']).abs().mean():.3f}")
    for law in LAWS:
        model = fit_value_model(people, law)
        table = model.forecast(people, CDNOW_HORIZON)
        error = (table["orders"] - came["orders"]).abs().mean()
        correlation = np.corrcoef(table["orders"], came["orders"])[0, 1]
        scores = score(table["score"], table["buys"], came["spend"].to_numpy())
        print(f"  {law:18} error {error:.3f}  correlation {correlation:.3f}  {word(scores)}")


def show_forecasts(folder: Path, cuts: tuple[date, ...]) -> None:
    """Later spend on Online Retail II: what everybody could have said, the law, the law with a ridge."""
    rows = []
    for day in list_days(folder, cuts):
        table, later = day.outlook.customers, day.spend
        model = day.outlook.model
        plain = model.forecast(day.people, HORIZON)
        bg = fit_value_model(day.people, "bg_nbd").forecast(day.people, HORIZON)
        forecasts = {
            "past spend, log, in folds": fit_line(np.log1p(day.rfm["monetary"].clip(lower=0)), later),
            "BG/NBD, log of mean, in folds": fit_line(np.log1p(bg["spend"]), later),
            "MBG/NBD, score": plain["score"],
            "blended score": table["score"],
            "blended, level in folds": fit_line(table["score"], later),
        }
        segments = forecast_by_group(cluster(day.rfm[list(RFM)], {}), later, 0)
        rows.append({"day": day.cut, "forecast": "five RFM segments", **score_forecast(segments, later)})
        rows += [
            {"day": day.cut, "forecast": name, **score(np.asarray(one), plain["buys"], later)}
            for name, one in forecasts.items()
        ]
        print(
            f"  {day.cut}: {len(later):,} customers, levels {[round(one, 2) for one in day.outlook.levels]}"
        )
    print_means(rows, "forecast", ["spend_r2", "spend_rank"])


def show_segments(folder: Path, cuts: tuple[date, ...]) -> None:
    """Five segments by K-Means: of RFM, of the score, of both."""
    rows = []
    for day in list_days(folder, cuts):
        table, later = day.outlook.customers, day.spend
        plain = day.outlook.model.forecast(day.people, HORIZON)
        law = plain["score"]
        groups = {
            "RFM": cluster(day.rfm[list(RFM)], {}),
            "score of the law": cluster(law.to_frame(), {}),
            "blended score": cluster(table[["score"]], {}),
            "all that the law says": cluster(
                plain[["score", "alive", "buys"]].assign(
                    orders=np.log1p(plain["orders"]), per_order=np.log1p(plain["per_order"])
                ),
                {},
            ),
            "score, log R F M halved": cluster(day.rfm[list(RFM)].assign(score=law), dict.fromkeys(RFM, 0.5)),
            "blended, log R F M alike": cluster(day.rfm[list(RFM)].assign(score=table["score"]), {}),
            "blended, log R F M halved": cluster(
                day.rfm[list(RFM)].assign(score=table["score"]), dict.fromkeys(RFM, 0.5)
            ),
        }
        rows += [
            {"day": day.cut, "segments": name, **score_forecast(forecast_by_group(labels, later, 0), later)}
            for name, labels in groups.items()
        ]
        for name, one in (("score of the law", law), ("blended score", table["score"])):
            own = fit_line(one, later)
            rows.append({"day": day.cut, "segments": f"({name}, level in folds)", **score(own, own, later)})
    print_means(rows, "segments", ["spend_r2", "spend_rank"])


def show_intervals(folder: Path, cuts: tuple[date, ...]) -> None:
    """How many outcomes 90 % intervals hold, with the law's ends and with those set one period earlier."""
    shops = {
        "Online Retail II": (read_days(folder), [(cut, h) for cut in cuts for h in (91, HORIZON)]),
        "CDNOW": (read_cdnow(folder), [(CDNOW_CUT, 91), (CDNOW_CUT, 182), (date(1998, 1, 1), 91)]),
    }
    rows = []
    for shop, (days, tries) in shops.items():
        for cut, horizon in tries:
            now = look_back(days, cut, horizon)
            before = look_back(days, cut - timedelta(days=horizon), horizon)
            if now is None:
                continue
            places = now.model.place_outcomes(now.histories, horizon, now.outcomes, 1)
            earlier = (
                None
                if before is None
                else before.model.place_outcomes(before.histories, horizon, before.outcomes, 2)
            )
            for what in ("orders", "spend"):
                own = places[what].to_numpy()
                usual = set_levels(own[:0])
                levels = usual if earlier is None else set_levels(earlier[what].to_numpy())
                rows.append(
                    {"shop": shop, "day": cut, "horizon": horizon, "of": what,
                     "law": measure_coverage(own, usual), "set": measure_coverage(own, levels),
                     "low": levels.low, "high": levels.high, "level": now.level}
                )  # fmt: skip
    table = pd.DataFrame(rows)
    print(table.round(3).to_string(index=False))
    for name in ("law", "set"):
        inside = table[name].between(0.87, 0.93).mean()
        print(f"  {name}: mean {table[name].mean():.3f}, {inside:.0%} of {len(table)} between .87 and .93")


def show_probabilities(folder: Path, cuts: tuple[date, ...]) -> None:
    """Calibration of the probability of an order, by whether two earlier levels were foreseen."""
    shops = {
        "Online Retail II": (read_days(folder), cuts),
        "CDNOW": (read_cdnow(folder), (CDNOW_CUT, date(1998, 1, 1), date(1998, 4, 1))),
    }
    rows = []
    for shop, (days, tries) in shops.items():
        for cut in tries:
            for horizon in SHORT_HORIZONS:
                now, outlook = look_back(days, cut, horizon), look_ahead(days, cut, horizon)
                if now is None or len(outlook.levels) < 2:
                    continue
                scores = score(now.forecast["score"], now.forecast["buys"], now.outcomes["orders"].to_numpy())
                rows.append(
                    {"shop": shop, "day": cut, "horizon": horizon, "foreseen": outlook.is_level_foreseen,
                     "error": scores["repurchase_calibration"], "auc": scores["repurchase_auc"],
                     "in two periods": are_foreseen(*outlook.levels),
                     "level": now.level, "before": outlook.levels[0], "before that": outlook.levels[1],
                     "a year before": outlook.season}
                )  # fmt: skip
    table = pd.DataFrame(rows)
    print(table.round(3).to_string(index=False))
    for rule in ("in two periods", "foreseen"):
        print(table.groupby(rule)["error"].agg(["size", "mean", "max"]).round(3).to_string())


def show_million(_: Path, __: tuple[date, ...]) -> None:
    """Processor time and memory of a million customers who live by the law, in a process of their own."""
    for customers in (5_878, CUSTOMERS):
        script = f"from bench.value import measure_cost; measure_cost({customers})"
        threads = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
        subprocess.run([sys.executable, "-c", script], check=True, env={**os.environ, **threads})


def measure_cost(customers: int) -> None:
    """Fit, and all predictions for 30, 90 and 365 days."""
    people = draw_people(customers)
    start = time.process_time()
    model = fit_value_model(people)
    fitted = time.process_time()
    for horizon in (30, 90, 365):
        model.forecast(people, horizon)
    done = time.process_time()
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    memory = int(status.split("VmHWM:")[1].split()[0]) / 2**20  # of this process: not what the first one had
    print(
        f"  {customers:,} customers: fit {fitted - start:.1f} s, forecasts of three horizons "
        f"{done - fitted:.1f} s of processor time, {memory:.2f} GiB"
    )


def cluster(table: pd.DataFrame, weights: Mapping[str, float]) -> np.ndarray:
    """Five segments by K-Means: R, F and M by their logarithm, all columns of one scale and then weighted."""
    logs = table.assign(**{name: np.log1p(table[name].clip(lower=0)) for name in RFM if name in table})
    scaled = (logs - logs.mean()) / logs.std()
    for name, weight in weights.items():
        scaled[name] *= weight
    return KMeans(SEGMENTS, n_init=20, random_state=0, tol=0).fit_predict(scaled.to_numpy())


def score(
    expected: pd.Series | np.ndarray, buys: pd.Series | np.ndarray, later: np.ndarray
) -> dict[str, float]:
    """The scores that segments are given, of a forecast that learnt nothing of what came."""
    nobody = np.zeros(len(later), dtype=np.int64)
    return score_forecast(Forecast(np.asarray(expected), np.asarray(buys), nobody), later)


def fit_line(column: pd.Series, later: np.ndarray) -> np.ndarray:
    """Bring a column to the level that came, by a line through the customers of the other folds."""
    folds = np.random.default_rng(0).permutation(np.arange(len(later)) % 5)
    values, found = column.to_numpy(), np.empty(len(later))
    for fold in range(5):
        here = folds == fold
        line = np.polyfit(values[~here], np.log1p(later[~here]), 1)
        found[here] = np.polyval(line, values[here])
    return found


def word(scores: Mapping[str, float]) -> str:
    """A line of scores."""
    return "  ".join(f"{name} {value:.3f}" for name, value in scores.items())


def print_means(rows: list[dict[str, object]], name: str, scores: list[str]) -> None:
    """A row for each way, a column for each day, and the mean."""
    table = pd.DataFrame(rows)
    for one in scores:
        wide = table.pivot_table(index=name, columns="day", values=one, sort=False)
        print(f"  {one}\n{wide.assign(mean=wide.mean(axis=1)).round(3).to_string()}")


PARTS: Final = {
    "published": show_published,
    "cdnow": show_cdnow,
    "forecasts": show_forecasts,
    "segments": show_segments,
    "intervals": show_intervals,
    "probabilities": show_probabilities,
    "million": show_million,
}

if __name__ == "__main__":
    main()
