"""How lines spread: the sizes of their numbers, the hours they come in, and which columns go together."""

from itertools import combinations
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import pandas as pd

from segmentlab.transactions.schema import compute_line_value

BINS_PER_TENFOLD: Final = 4
MEASURES: Final = ("quantity", "unit_price", "value")
SAMPLED_LINES: Final = 20_000  # to see which columns go together: pairs of columns cost most of all
COMPARED_COLUMNS: Final = 12
COMPARED_VALUES: Final = 20  # of a column of words; all others are one
NUMBER_BINS: Final = 10


def count_sizes(table: ir.Table) -> pd.DataFrame:
    """A row per `measure`, `sign` and `bin` with its `lines`, of all lines.

    Numbers of a shop span powers of ten, so a bin is a quarter of one: bin 4 begins at 10, bin 8 at 100.
    """
    valued = table.mutate(value=compute_line_value(table))
    parts = [_count_bins(valued, name) for name in MEASURES if name in valued.columns]
    return pd.concat(parts, ignore_index=True)


def count_hours(table: ir.Table) -> pd.DataFrame:
    """A row per `weekday` (Monday is 0) and `hour` with its `lines`; empty where lines have days alone."""
    moment = table["timestamp"]
    hours = table.group_by(weekday=moment.day_of_week.index(), hour=moment.hour()).aggregate(
        lines=table.count()
    )
    found: pd.DataFrame = hours.order_by("weekday", "hour").to_pandas()
    return found if len(set(found["hour"])) > 1 else found.head(0)


def associate_columns(table: ir.Table, rows: int) -> tuple[pd.DataFrame, int]:
    """How closely each two columns go together, from 0 to 1 (Cramer's V), and of how many lines that is.

    Numbers are cut into tenths, of words the most frequent are kept, and chance alone makes 0. Of more lines
    than `SAMPLED_LINES` every so many-th is taken.
    """
    step = max(1, -(-rows // SAMPLED_LINES))
    numbered = table.mutate(_place=ibis.row_number())
    lines = numbered.filter(numbered["_place"] % step == 0).drop("_place").limit(SAMPLED_LINES).to_pandas()
    coded = {name: _code_values(lines[name]) for name in list(lines)[:COMPARED_COLUMNS]}
    told = [name for name, codes in coded.items() if codes.max(initial=0) > 0]
    found = pd.DataFrame(np.eye(len(told)), index=told, columns=told)
    for one, other in combinations(told, 2):
        found.loc[one, other] = found.loc[other, one] = measure_association(coded[one], coded[other])
    return found, len(lines)


def measure_association(one: np.ndarray, other: np.ndarray) -> float:
    """Cramer's V of two columns of codes, less what chance alone makes of so many lines."""
    counts = np.zeros((one.max() + 1, other.max() + 1))
    np.add.at(counts, (one, other), 1)
    lines = counts.sum()
    expected = counts.sum(axis=1, keepdims=True) * counts.sum(axis=0, keepdims=True) / lines
    known = expected > 0
    chi = float((((counts - expected) ** 2)[known] / expected[known]).sum() / lines)
    rows, columns = counts.shape
    least = max(0.0, chi - (rows - 1) * (columns - 1) / max(1.0, lines - 1))
    wide = [size - (size - 1) ** 2 / max(1.0, lines - 1) for size in (rows, columns)]
    return float(np.sqrt(least / max(1e-9, min(wide) - 1)).clip(0, 1))


def _count_bins(valued: ir.Table, name: str) -> pd.DataFrame:
    known = valued.filter(valued[name].notnull())
    number = known[name].cast("float64")
    size = (number.abs().nullif(0).log10() * BINS_PER_TENFOLD + 1e-9).floor().cast("int64").fill_null(0)
    counts = known.group_by(sign=number.sign().cast("int64"), bin=size).aggregate(lines=known.count())
    found: pd.DataFrame = counts.order_by("sign", "bin").to_pandas()
    found.insert(0, "measure", name)
    return found


def _code_values(column: pd.Series) -> np.ndarray:
    """Small numbers for the values of a column; what is missing is a value of its own."""
    values: Any = column
    if pd.api.types.is_datetime64_any_dtype(column):
        values = column.astype("int64")
    if pd.api.types.is_numeric_dtype(values) and values.nunique() > COMPARED_VALUES:
        values = pd.qcut(values, NUMBER_BINS, labels=False, duplicates="drop").fillna(-1)
    elif values.nunique() > COMPARED_VALUES:
        kept = values.value_counts().index[:COMPARED_VALUES]
        values = values.where(values.isin(kept) | values.isna(), other="\0others")
    codes, _ = pd.factorize(values, use_na_sentinel=False)
    return np.asarray(codes)
