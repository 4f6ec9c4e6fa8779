"""What is said of a customer: facts of the lines, the place among the segments, and what is ahead."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, Final

import pandas as pd
import pyarrow as pa

AHEAD: Final = ("alive", "buys", "expected", "next_order", "late")


def tell_customers(
    customers: list[str],
    placed: pd.DataFrame,
    as_of: date,
    horizon: float | None,
    recommended: pa.Table | None,
) -> dict[str, dict[str, Any]]:
    """By customer what is known; who has no clean line, or none yet, has no segment."""
    goods: dict[str, list[dict[str, Any]]] = {}
    for row in [] if recommended is None else recommended.to_pylist():
        goods.setdefault(row.pop("customer_id"), []).append({name: _plain(one) for name, one in row.items()})
    rows = dict(zip(placed.index, _list_rows(placed), strict=True))
    return {
        one: {
            "customer_id": one,
            "as_of": as_of.isoformat(),
            **_tell_place(rows.get(one, {}), horizon),
            "recommendations": goods.get(one, []),
        }
        for one in customers
    }


def _list_rows(placed: pd.DataFrame) -> Iterator[dict[str, Any]]:
    names = [str(name) for name in placed]
    for row in zip(*(placed[name].tolist() for name in names), strict=True):
        yield dict(zip(names, map(_plain, row), strict=True))


def _tell_place(row: dict[str, Any], horizon: float | None) -> dict[str, Any]:
    ahead = {name: row.get(name) for name in AHEAD} if row.get("expected") is not None else None
    return {
        "orders": int(row.get("orders") or 0),
        "revenue": row.get("revenue") or 0.0,
        "first_order": row.get("first_order"),
        "last_order": row.get("last_order"),
        "segment": row.get("segment"),
        "name": row.get("name"),
        "confidence": row.get("confidence"),
        "state": row.get("state"),
        "ahead": None if ahead is None else {"days": horizon, **ahead},
    }


def _plain(value: object) -> Any:  # noqa: ANN401  whatever JSON can say
    """The value as JSON has it: nothing is missing there but null."""
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124  NaN alone is so
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return value
