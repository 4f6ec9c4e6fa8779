"""Where customers stand today: when each is due, how likely they are to come, and what they will spend."""

from datetime import date, timedelta
from typing import Final

import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.features import SEASON_COLUMNS, gather_histories
from segmentlab.flow.result import Standing
from segmentlab.goods import choose_by_hash
from segmentlab.segments import NameRules
from segmentlab.value import ShopLaws, learn_shop

MOST_PLACED: Final = (
    1_000_000  # customers; of more than these a sample is looked at, for they fill the memory
)
STANDING_COLUMNS: Final = ("orders", "first_order", "last_order", "late", "expected")
MONEY_DECIMALS: Final = 6  # of what is expected: far below the cent, and no digit that hangs on a machine
LONGEST_WAIT: Final = 3_650.0  # days; beyond it no date is given


def find_standing(lines: ir.Table, as_of: date, net: pd.Series) -> Standing | str:
    """Learn the laws of a shop from its clean lines, and say of each customer where they stand.

    `net` is what each kept, refunds taken off, whatever cleaning makes of these. A text says why nothing can
    be told.
    """
    if len(net) > MOST_PLACED:
        lines = choose_by_hash(lines, MOST_PLACED / len(net), salt="standing")
    histories = gather_histories(lines, as_of)
    histories = _take_refunds_off(histories, net)
    try:
        laws = learn_shop(histories)
    except DataError as error:
        return str(error)
    return Standing(laws, histories, _place(laws, histories), of_all=len(net) <= MOST_PLACED)


def place_by_laws(laws: ShopLaws, lines: ir.Table, as_of: date, net: pd.Series) -> pd.DataFrame:
    """Say of each customer of clean lines where they stand, by laws that were learnt before.

    `net` is what each kept. The columns are those of `ShopLaws.place`, and the season that orders lie in.
    """
    return place_histories(laws, gather_histories(lines, as_of), net)


def place_histories(laws: ShopLaws, histories: pd.DataFrame, net: pd.Series) -> pd.DataFrame:
    """The same of histories, as `gather_histories` has them."""
    return _place(laws, _take_refunds_off(histories, net))


def find_next_days(waits: pd.Series, as_of: date) -> pd.Series:
    """The day after so many days; missing where nobody can wait for it."""
    # A date for each different wait: customers share a few thousand of them.
    ahead = np.where(waits <= LONGEST_WAIT, np.ceil(waits), LONGEST_WAIT + 1).astype(np.int64)
    lengths, places = np.unique(ahead, return_inverse=True)
    days = [as_of + timedelta(days=int(length)) if length <= LONGEST_WAIT else None for length in lengths]
    return pd.Series(np.array(days, dtype="object")[places], index=waits.index, dtype="object")


def remember_standing(standing: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """What a later day needs to know of customers to say why they moved: the `STANDING_COLUMNS`."""
    today = pd.Timestamp(as_of).as_unit("us")
    return pd.DataFrame(
        {
            "orders": standing["orders"].astype("int64"),
            "first_order": today - pd.to_timedelta(standing["age"], unit="D"),
            "last_order": today - pd.to_timedelta(standing["silent"], unit="D"),
            "late": standing["late"],
            "expected": standing["expected"].round(MONEY_DECIMALS),
        }
    )


def judge_names(names: pd.Series, standing: pd.DataFrame, rules: NameRules, laws: ShopLaws) -> pd.Series:
    """Say of each customer whether the name of their segment may be true of them: 1 or 0.

    Nobody goes back to a first order: names that end with an order or a day can't be entered from
    everywhere, and whoever stands in such a segment without their being true has not come there by what they
    did. Other names may become true of anybody. Words behind a name, which tell it from a like one, claim
    nothing. Missing is what is not known of a customer.
    """
    claims = names.str.split(" (", n=1, regex=False).str[0]
    true = rules.find_true(laws, standing).reindex(names.index)
    found = pd.Series(1, index=names.index, dtype="Int64").mask(~names.index.isin(standing.index))
    for name in rules.outgrown:
        found = found.mask((claims == name) & true[name].eq(False), 0)
    return found


def _take_refunds_off(histories: pd.DataFrame, net: pd.Series) -> pd.DataFrame:
    kept = net.reindex(histories.index).to_numpy()
    return histories.assign(spend=kept / (histories["repeats"].to_numpy() + 1))


def _place(laws: ShopLaws, histories: pd.DataFrame) -> pd.DataFrame:
    return laws.place(histories).join(histories[list(SEASON_COLUMNS)])
