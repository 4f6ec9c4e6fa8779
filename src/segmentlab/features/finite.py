"""Finds the first value that no model can work with. A copy travels inside every logged model."""

from decimal import Decimal
from numbers import Real
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from pandas.api.types import is_integer_dtype, is_numeric_dtype

LONGEST_TOLD: Final = 60  # letters of a value


class BrokenValue(NamedTuple):
    """A value that is no finite number, where it stands, and how many rows have such values."""

    feature: str
    row: str  # `customer 'c17'`, or `row 3` of a table without customers
    value: str
    rows: int


def find_broken_value(features: pd.DataFrame) -> BrokenValue | None:
    """The first value that is not finite, by row; nothing when all are."""
    broken = ~np.isfinite(convert_to_floats(features))
    if not broken.any():
        return None
    row, column = np.argwhere(broken)[0]
    return BrokenValue(
        feature=str(features.columns[column]),
        row=_name_row(features.index, int(row)),
        value=_describe_value(features.iloc[row, column]),
        rows=int(broken.any(axis=1).sum()),
    )


def convert_to_floats(features: pd.DataFrame) -> npt.NDArray[np.float64]:
    """The values as floating point numbers, whole numbers too. What is no number is missing."""
    if all(isinstance(dtype, np.dtype) and is_numeric_dtype(dtype) for dtype in features.dtypes):
        return features.to_numpy(dtype=np.float64)
    columns = [_convert_column(features.iloc[:, position]) for position in range(features.shape[1])]
    return np.column_stack(columns) if columns else np.empty((len(features), 0))


def _convert_column(column: pd.Series) -> npt.NDArray[np.float64]:
    if is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    # Of objects, so each is looked at: a text that looks like a number is a text all the same.
    return np.array([_convert_value(value) for value in column], dtype=np.float64)


def _convert_value(value: object) -> float:
    if not isinstance(value, Real | Decimal):
        return np.nan
    try:
        return float(value)
    except OverflowError:  # a whole number of more digits than a float reaches
        return np.inf


def _is_number(value: object) -> bool:
    return isinstance(value, Real | Decimal)


def _describe_value(value: object) -> str:
    if value is None or value is pd.NA or value is pd.NaT:
        return "missing"
    if not _is_number(value):
        return f"{_shorten(repr(value))}, which is no number"
    return "a number of too many digits" if _is_too_large(value) else str(value)


def _is_too_large(value: object) -> bool:
    return isinstance(value, int) and bool(np.isinf(_convert_value(value)))


def _shorten(text: str) -> str:
    """So much of it as a person recognises: a cell may hold a whole document."""
    return text if len(text) <= LONGEST_TOLD else f"{text[: LONGEST_TOLD - 3]}..."


def _name_row(index: pd.Index, row: int) -> str:
    """Who it is; a table that came without customers has rows, and the first of them is row 0."""
    if index.name is None and is_integer_dtype(index.dtype):
        return f"row {index[row]}"
    return f"customer '{index[row]}'"
