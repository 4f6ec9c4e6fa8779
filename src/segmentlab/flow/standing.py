"""Where customers stand today: when each is due, how likely they are to come, and what they will spend."""

from datetime import date, timedelta
from typing import Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.features import gather_histories
from segmentlab.flow.result import Standing
from segmentlab.value import ShopLaws, learn_shop

MOST_PLACED: Final = (
    1_000_000  # customers; of more than these a sample is looked at, for they fill the memory
)
SAMPLE_SEED: Final = 0
LONGEST_WAIT: Final = 3_650.0  # days; beyond it no date is given


def find_standing(lines: ir.Table, as_of: date, net: pd.Series) -> Standing | str:
    """Learn the laws of a shop from its clean lines, and say of each customer where they stand.

    `net` is what each kept, refunds taken off, whatever cleaning makes of these. A text says why nothing can
    be told.
    """
    histories = gather_histories(lines, as_of)
    if len(histories) > MOST_PLACED:
        chosen = np.random.default_rng(SAMPLE_SEED).choice(len(histories), MOST_PLACED, replace=False)
        histories = histories.iloc[np.sort(chosen)]
    histories = _take_off_refunds(histories, net)
    try:
        laws = learn_shop(histories)
    except DataError as error:
        return str(error)
    return Standing(laws, histories, laws.place(histories))


def place_by_laws(laws: ShopLaws, lines: ir.Table, as_of: date, net: pd.Series) -> pd.DataFrame:
    """Say where the customers of these clean lines stand by laws that were learnt before, as `place` does."""
    histories = gather_histories(lines, as_of)
    return laws.place(_take_off_refunds(histories, net)) if len(histories) else pd.DataFrame()


def find_next_days(waits: pd.Series, as_of: date) -> pd.Series:
    """The day after so many days; missing where nobody can wait for it."""
    days = [as_of + timedelta(days=int(np.ceil(wait))) if wait <= LONGEST_WAIT else None for wait in waits]
    return pd.Series(days, index=waits.index, dtype="object")


def _take_off_refunds(histories: pd.DataFrame, net: pd.Series) -> pd.DataFrame:
    """The same with what an order brought that was kept."""
    kept = net.reindex(histories.index).to_numpy()
    return histories.assign(spend=kept / (histories["repeats"].to_numpy() + 1))
