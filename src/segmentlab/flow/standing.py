"""Where customers stand today: when each is due, how likely they are to come, and what they will spend."""

from datetime import date
from typing import Final

import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.features import gather_histories
from segmentlab.flow.result import Standing
from segmentlab.segments import choose_by_hash
from segmentlab.value import learn_shop

MOST_PLACED: Final = (
    1_000_000  # customers; of more than these a sample is looked at, for they fill the memory
)


def find_standing(lines: ir.Table, as_of: date, net: pd.Series) -> Standing | str:
    """Learn the laws of a shop from its clean lines, and say of each customer where they stand.

    `net` is what each kept, refunds taken off, whatever cleaning makes of these. A text says why nothing can
    be told.
    """
    if len(net) > MOST_PLACED:
        lines = choose_by_hash(lines, MOST_PLACED / len(net), salt="standing")
    histories = gather_histories(lines, as_of)
    kept = net.reindex(histories.index).to_numpy()
    histories = histories.assign(spend=kept / (histories["repeats"].to_numpy() + 1))
    try:
        laws = learn_shop(histories)
    except DataError as error:
        return str(error)
    return Standing(laws, histories, laws.place(histories))
