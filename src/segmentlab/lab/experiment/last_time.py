"""What a run says of its customers beside what the last scoring before its day said of them."""

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import pandas as pd

from segmentlab.errors import StoreError
from segmentlab.flow import (
    Movement,
    Result,
    Steadiness,
    judge_names,
    remember_standing,
    settle_segments,
)
from segmentlab.lab.history import History
from segmentlab.segments import NameRules
from segmentlab.value import ShopLaws

THIS_RUN: Final = "this run"  # as the model of its own snapshot: it has no address yet
FOLLOWS_MODEL: Final = Steadiness(0.0, 1)
LEAST_KNOWN: Final = 0.5  # of the customers of the last scoring: fewer are there only in another shop
LEAST_AGREEING: Final = 0.9  # of first orders that both know: they never move, so another shop's differ
HOW_TO_KEEP: Final = (
    "No scoring of a day before {as_of} is in the history, so what changed is not known. After a model is "
    "promoted, score.py keeps one each time; the next report then says who moved and what that is worth."
)
OTHER_SHOP: Final = (
    "The last scoring in the history, of {before}, is of other customers: what changed is not known. "
    "history= names the history of this shop."
)


def compare_with_last(url: str | None, result: Result) -> Movement | str | None:
    """Who moved since the last scoring before the day of a run.

    Args:
        url: Of the history; None where nobody wants to know.
        result: The run; its segments are those of a scoring where they have the same names.

    Returns:
        The movement; a text where it is not known; None where there is nothing to compare, for lack of
        dates or because customers stayed in their engine.
    """
    as_of = result.described.features.as_of
    if url is None or as_of is None or result.everybody is not None or result.described.sales is None:
        return None
    try:
        return _compare(History(url), result, as_of)
    except StoreError as error:
        return f"What changed is not known: {error}"


def add_standing(
    state: pd.DataFrame, standing: pd.DataFrame, as_of: date, laws: ShopLaws | None, names: NameRules | None
) -> pd.DataFrame:
    """What customers did and are expected to do, beside where they are: it tells later why they moved."""
    known = remember_standing(standing, as_of).reindex(state["customer_id"]).reset_index(drop=True)
    fits = None
    if names is not None and laws is not None:
        fits = judge_names(state.set_index("customer_id")["name"], standing, names, laws).to_numpy()
    return state.join(known).assign(fits=fits, horizon=None if laws is None else laws.horizon)


def _compare(history: History, result: Result, as_of: date) -> Movement | str:
    before = history.before(as_of)
    if before is None or before.empty:
        return HOW_TO_KEEP.format(as_of=as_of)
    day = before["as_of"].iloc[0].date()
    state = _make_state(result, as_of)
    if not _is_same_shop(before, state):
        return OTHER_SHOP.format(before=day)
    with TemporaryDirectory() as folder:  # the history itself holds scorings alone
        both = History(f"duckdb:///{Path(folder) / 'both.duckdb'}")
        both.keep(day, str(before["model"].iloc[0]), before)
        both.keep(as_of, THIS_RUN, _number_by_name(state, before))
        return both.compare(day, as_of)


def _make_state(result: Result, as_of: date) -> pd.DataFrame:
    customers = result.customers[["customer_id", "segment", "name", "confidence"]]
    revenue = result.described.revenue
    if revenue is not None:
        customers = customers.assign(revenue=revenue.reindex(customers["customer_id"]).to_numpy())
    state = settle_segments(None, customers, as_of, FOLLOWS_MODEL)
    standing = result.described.standing
    if standing is None:
        return state
    return add_standing(state, standing.customers, as_of, standing.laws, result.plan.names.conditions)


def _is_same_shop(before: pd.DataFrame, state: pd.DataFrame) -> bool:
    """Whether most of the customers are there still, and ordered first when they did."""
    known = before.merge(state, on="customer_id", suffixes=("_before", ""))
    if len(known) < LEAST_KNOWN * len(before):
        return False
    if "first_order" not in state:
        return True
    first = known[["first_order_before", "first_order"]].dropna()
    agreeing = first["first_order_before"].dt.normalize() == first["first_order"].dt.normalize()
    return first.empty or float(agreeing.mean()) >= LEAST_AGREEING


def _number_by_name(state: pd.DataFrame, before: pd.DataFrame) -> pd.DataFrame:
    """Segments of the same name have the number that they had; the others have numbers of their own.

    Each fit numbers its segments anew, and people know them by their names.
    """
    numbers = before.drop_duplicates("name").set_index("name")["segment"].to_dict()
    free = max(numbers.values(), default=-1) + 1
    for name in state.sort_values("segment")["name"].unique():
        if name not in numbers:
            numbers[name], free = free, free + 1
    return state.assign(segment=state["name"].map(numbers).astype("int64"))
