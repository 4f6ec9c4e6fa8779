"""What a row claims to be the sum of, and whether it is: of all rows before it, or of those since the last.

Of a row that begins with a word for a total and has little else, one number has to be the sum of a column.
A row that has such a word elsewhere may be a sale as well: there a number has to be the sum of its own
column, and every one of them where the word is a part of a cell only.
"""

import re
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import ibis
import ibis.expr.types as ir
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

READINGS: Final = ((r"[^-\d.]", False), (r"[^-\d,]", True))  # 1,234.50 and 1.234,50
CELL_ENDS: Final = r"[\t;|]|\s{2,}|:\s"
PLAIN: Final = r"^\W*\d[\d.,'\s]*\W*$"
FEWEST_ROWS: Final = 2  # that a row with a word somewhere may be the sum of

Sums = Mapping[bool, pd.DataFrame]  # per reading: a row for each stretch between claims, a column for each


def sum_between(rows: ir.Table, claims: pd.DataFrame) -> Sums:
    """The sums of every column over the rows between one claim and the next."""
    ends = np.sort(claims["_row"].to_numpy(dtype="float64"))
    count = int(rows.count().to_pyarrow().as_py())
    places = pa.table({"_row": np.arange(count), "_stretch": np.searchsorted(ends, np.arange(count))})
    ordinary = rows.filter(rows["_kind"].isnull()).join(ibis.memtable(places), "_row")
    names = [name for name in rows.columns if name not in ("_row", "_kind")]
    found = {}
    for dropped, has_comma in READINGS:
        columns = {name: _sum_column(ordinary[name], dropped, has_comma) for name in names}
        summed = ordinary.group_by("_stretch").aggregate(**columns, _rows=ordinary.count()).to_pandas()
        found[has_comma] = (
            summed.set_index("_stretch").astype("float64").reindex(range(len(ends)), fill_value=0.0)
        )
    return found


def _sum_column(column: ir.Value, dropped: str, has_comma: bool) -> ir.Value:
    """The sum, where every value is a number in this reading."""
    text = column.cast("string").strip().nullif("")
    bare = text.re_replace(dropped, "")
    number = (bare.replace(",", ".") if has_comma else bare).try_cast("float64")
    return ibis.ifelse((text.isnull() | text.re_search(PLAIN)).all(), number.sum().fill_null(0.0), None)


def judge_claims(claims: pd.DataFrame, sums: Sums) -> npt.NDArray[np.bool_]:
    """Whether each is a sum, one after the other: a row that is none is one of those before the next."""
    tallies = [_Tally(sums[has_comma], dropped, has_comma) for dropped, has_comma in READINGS if sums]
    judged = [_judge(place, claim, tallies) for place, claim in enumerate(claims.to_dict("records"))]
    return np.array(judged, dtype=bool)


@dataclass
class _Tally:
    """The sums so far, in one reading of numbers: since the last total, and of all."""

    stretches: pd.DataFrame
    dropped: str
    has_comma: bool
    since: "pd.Series[float]" = field(init=False)
    whole: "pd.Series[float]" = field(init=False)

    def __post_init__(self) -> None:
        self.since = self.whole = pd.Series(0.0, index=self.stretches.columns)

    def add(self, place: int) -> None:
        """The rows before the claim."""
        self.since = self.since + self.stretches.iloc[place]
        self.whole = self.whole + self.stretches.iloc[place]

    def add_row(self, cells: Mapping[str, Any]) -> None:
        """A row that was no total."""
        row = pd.Series({name: self.read(cell) for name, cell in cells.items()}).reindex(self.since.index)
        row = row.fillna(0.0).astype("float64")
        row["_rows"] = 1.0
        self.since, self.whole = self.since + row, self.whole + row

    def read(self, cell: object) -> float | None:
        """A cell as a number."""
        if cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell)):
            return None
        bare = re.sub(self.dropped, "", str(cell)) if re.search(PLAIN, str(cell).strip()) else ""
        try:
            return float(bare.replace(",", "."))
        except ValueError:
            return None

    def read_text(self, text: str) -> Iterator[float]:
        """Numbers that are not zero, wherever they stand in a line."""
        for cell in re.split(CELL_ENDS, text):
            bare = re.sub(self.dropped, "", cell)
            try:
                number = float(bare.replace(",", "."))
            except ValueError:
                continue
            if number:
                yield number


def _judge(place: int, claim: Mapping[Hashable, Any], tallies: list[_Tally]) -> bool:
    for tally in tallies:
        tally.add(place)
    is_sure = claim["_kind"] == "total"
    enough = any if claim["_kind"] == "labelled" else all
    judged = [
        _is_sum(claim["text"], tally) if is_sure else _is_own_sum(claim["cells"], tally, enough)
        for tally in tallies
    ]
    is_sum = any(judged) or (is_sure and all(verdict is None for verdict in judged))
    for tally in tallies:
        if is_sum:
            tally.since = tally.since * 0.0
        elif not is_sure:
            tally.add_row(claim["cells"])
    return is_sum


def _is_sum(text: str, tally: _Tally) -> bool | None:
    """Whether a number of the line is the sum of a column; nothing where there is nothing to compare."""
    wanted = list(tally.read_text(text))
    held = [total for sums in (tally.since, tally.whole) for total in sums.drop("_rows").dropna()]
    if not (wanted and any(held)):
        return None
    return any(_is_close(number, total) for number in wanted for total in held)


def _is_own_sum(cells: Mapping[str, Any], tally: _Tally, enough: Callable[[Iterable[bool]], bool]) -> bool:
    """Whether any or every number of the row is the sum of its own column, over rows enough."""
    for sums in (tally.since, tally.whole):
        numbers = {
            name: tally.read(cell) for name, cell in cells.items() if not np.isnan(sums.get(name, np.nan))
        }
        wanted = {name: number for name, number in numbers.items() if number}
        if (
            wanted
            and sums["_rows"] >= FEWEST_ROWS
            and enough(_is_close(number, sums[name]) for name, number in wanted.items())
        ):
            return True
    return False


def _is_close(number: float, total: float) -> bool:
    return bool(np.isclose(number, total, rtol=1e-9, atol=0.006))
