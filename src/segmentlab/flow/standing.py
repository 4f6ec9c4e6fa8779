"""Where customers stand today: when each is due, how likely they are to come, and what they will spend."""

from datetime import date
from typing import Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.features import gather_histories
from segmentlab.flow.result import Standing
from segmentlab.value import learn_shop

MOST_PLACED: Final = (
    1_000_000  # customers; of more than these a sample is looked at, for they fill the memory
)
SAMPLE_SEED: Final = 0


def find_standing(lines: ir.Table, as_of: date, net: pd.Series) -> Standing | str:
    """Learn the laws of a shop from its clean lines, and say of each customer where they stand.

    `net` is what each kept, refunds taken off, whatever cleaning makes of these. A text says why nothing can
    be told.
    """
    histories = gather_histories(lines, as_of)
    if len(histories) > MOST_PLACED:
        chosen = np.random.default_rng(SAMPLE_SEED).choice(len(histories), MOST_PLACED, replace=False)
        histories = histories.iloc[np.sort(chosen)]
    kept = net.reindex(histories.index).to_numpy()
    histories = histories.assign(spend=kept / (histories["repeats"].to_numpy() + 1))
    try:
        laws = learn_shop(histories)
    except DataError as error:
        return str(error)
    return Standing(laws, histories, laws.place(histories))
