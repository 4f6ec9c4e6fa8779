"""Where customers stand today: when each is due, how likely they are to come, and what they will spend."""

from datetime import date
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
STANDING_COLUMNS: Final = ("orders", "first_order", "last_order", "late", "expected")
MONEY_DECIMALS: Final = 6  # of what is expected: far below the cent, and no digit that hangs on a machine


def find_standing(lines: ir.Table, as_of: date, net: pd.Series) -> Standing | str:
    """Learn the laws of a shop from its clean lines, and say of each customer where they stand.

    `net` is what each kept, refunds taken off, whatever cleaning makes of these. A text says why nothing can
    be told.
    """
    histories = gather_histories(lines, as_of)
    if len(histories) > MOST_PLACED:
        chosen = np.random.default_rng(SAMPLE_SEED).choice(len(histories), MOST_PLACED, replace=False)
        histories = histories.iloc[np.sort(chosen)]
    histories = _add_net_spend(histories, net)
    try:
        laws = learn_shop(histories)
    except DataError as error:
        return str(error)
    return Standing(laws, histories, laws.place(histories))


def _add_net_spend(histories: pd.DataFrame, net: pd.Series) -> pd.DataFrame:
    kept = net.reindex(histories.index).to_numpy()
    return histories.assign(spend=kept / (histories["repeats"].to_numpy() + 1))


def place_by_laws(laws: ShopLaws | None, lines: ir.Table, as_of: date, net: pd.Series) -> pd.DataFrame:
    """Say by the laws that came with a model where customers of now stand.

    Args:
        laws: Of the model's shop; None where the model knows none.
        lines: Clean lines before `as_of`.
        as_of: The day on which it is asked.
        net: What each customer kept, refunds taken off, whatever cleaning makes of these.

    Returns:
        By customer who ordered at least once: `orders`, `first_order` and `last_order`, and by the laws
        `late` and `expected` as `ShopLaws.place` has them, which are missing where there are no laws.
    """
    histories = gather_histories(lines, as_of)
    first = pd.Timestamp(as_of).as_unit("us") - pd.to_timedelta(histories["age"], unit="D")
    known = pd.DataFrame(
        {
            "orders": histories["repeats"].astype("int64") + 1,
            "first_order": first,
            "last_order": first + pd.to_timedelta(histories["recency"], unit="D"),
        }
    )
    if laws is None or histories.empty:
        return known.assign(late=np.nan, expected=np.nan)
    placed = laws.place(_add_net_spend(histories, net))
    return known.assign(late=placed["late"], expected=placed["expected"].round(MONEY_DECIMALS))


# What a name claims of each customer who bears it, in the words of `conf/names`.


ONE_ORDER_NAMES: Final = ("One-time", "Einmalkäufer")
NEW_NAMES: Final = ("New", "Neukunden")
NEW_DAYS: Final = 90  # since the first order; whoever is known for longer is not new


def find_true_names(names: pd.Series, standing: pd.DataFrame, as_of: date) -> pd.Series:
    """Whether what a segment's name claims is true of each customer in it: 1, 0, or missing if not known.

    Nobody goes back to a first order, so these are the names that can't be entered from everywhere. Words
    behind a name, which tell it from a like one, claim nothing.

    Example:
        >>> from datetime import date
        >>> import pandas as pd
        >>> from segmentlab.flow.standing import find_true_names
        >>> standing = pd.DataFrame({"orders": [1, 2], "first_order": pd.to_datetime(["2011-01-01"] * 2)})
        >>> find_true_names(pd.Series(["One-time", "One-time"]), standing, date(2011, 2, 1)).tolist()
        [1, 0]
    """
    claims = names.str.split(" (", n=1, regex=False).str[0]
    age = (pd.Timestamp(as_of) - standing["first_order"]).dt.days
    untrue = (claims.isin(ONE_ORDER_NAMES) & (standing["orders"] > 1)) | (
        claims.isin(NEW_NAMES) & (age > NEW_DAYS)
    )
    found: pd.Series = (~untrue).astype("Int64").mask(standing["orders"].isna())
    return found
