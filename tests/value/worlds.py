"""Customers who live by a law that is known, so that what is said of them can be held to it."""

import numpy as np
import pandas as pd


def draw_world(
    seed: int, customers: int = 4_000, until: float = 200.0, horizon: float = 100.0
) -> pd.DataFrame:
    """Histories by MBG/NBD and Gamma-Gamma, and what came in the horizon (`later`, `later_spend`)."""
    chance = np.random.default_rng(seed)
    first = chance.uniform(0, until - 1, customers)
    rate = chance.gamma(0.8, 1 / 30.0, customers)
    leave = chance.beta(0.9, 3.0, customers)
    worth = chance.gamma(4.0, 1 / 60.0, customers)  # of Gamma-Gamma with p = 5, q = 4, v = 60
    rows = []
    for start, own_rate, own_leave, scale in zip(first, rate, leave, worth, strict=True):
        moments = [start]
        while chance.random() >= own_leave:
            moment = moments[-1] + chance.exponential(1 / own_rate)
            if moment > until + horizon:
                break
            moments.append(moment)
        times = np.array(moments)
        money = chance.gamma(5.0, 1 / scale, len(times))
        seen = times <= until
        rows.append(
            (
                seen.sum() - 1.0,
                times[seen][-1] - start,
                until - start,
                money[seen].mean(),
                (~seen).sum(),
                money[~seen].sum(),
            )
        )
    return pd.DataFrame(rows, columns=["repeats", "recency", "age", "spend", "later", "later_spend"])
