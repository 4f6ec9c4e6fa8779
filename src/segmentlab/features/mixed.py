"""Mixed: numbers and categories of a customers table, with values that nobody knows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.datatypes as dt
import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.features.demographics import convert_to_text, list_flagged_values, make_slug
from segmentlab.features.feature_set import Column

UNKNOWN: Final = "unknown"  # the value of a category, or of a number, that is missing
OTHER: Final = "other"  # rare values together
PREFIX: Final = "mixed"
MARK: Final = "_is_"  # between a column and its value: `mixed_city_is_rome`


@dataclass(frozen=True)
class Mixed:
    """Every column of a customers table that is a number or a category; what they hold is learnt from it.

    A number that is missing becomes the median of the known ones, beside a column that says it was unknown.
    A category becomes a column of 0 or 1 for each value; a missing one is the value `unknown`, and values
    that fewer than `smallest` of the customers have are `other`. So nothing is missing for a model, and
    that something was stays visible.

    `only` names the columns that count, all when empty; `categories` those that are codes though they look
    like numbers; `logs` the numbers with a long tail, for preparations that follow suggestions.
    """

    only: Sequence[str] = ()
    categories: Sequence[str] = ()
    logs: Sequence[str] = ()
    smallest: float = 0.01

    def __post_init__(self) -> None:
        if not 0 <= self.smallest < 1:
            raise ConfigError(
                f"features.{PREFIX}.smallest={self.smallest}: expected a share from 0 to below 1."
            )

    @property
    def requires(self) -> frozenset[str]:
        """The columns of the customers table that the set can't do without."""
        return frozenset({"customer_id", *self.only, *self.categories, *self.logs})

    def learn_from(self, customers: ir.Table) -> "MixedColumns":
        """Which columns and values there are, and the median of each number."""
        kinds = {name: kind for name, kind in customers.schema().items() if name != "customer_id"}
        chosen = [name for name in self.only or kinds if name in kinds]
        numbers = [name for name in chosen if kinds[name].is_numeric() and name not in self.categories]
        categories = [name for name in chosen if name not in numbers and _is_category(kinds[name])]
        unusable = [name for name in self.only if name not in (*numbers, *categories)]
        if unusable or not (numbers or categories):
            raise DataError(
                f"features={PREFIX} takes numbers and categories, and "
                f"{', '.join(unusable) or 'no column of the customers table'} is one. The table has "
                f"{', '.join(f'{name} ({kind})' for name, kind in kinds.items())}."
            )
        unlogged = [name for name in self.logs if name not in numbers]
        if unlogged:
            raise ConfigError(f"features.{PREFIX}.logs names {', '.join(unlogged)}, which is no number here.")
        medians, unknown = _learn_numbers(customers, numbers)
        values = {name: self._learn_values(customers, name) for name in categories}
        return MixedColumns(medians, unknown, values, tuple(self.logs))

    def _learn_values(self, customers: ir.Table, name: str) -> tuple[str, ...]:
        """The values that have a column each, the commonest first, with `other` and `unknown` if need be."""
        text = convert_to_text(customers[name]).name("value")
        counts: pd.DataFrame = customers.group_by(text).aggregate(customers=ibis._.count()).to_pandas()
        known = counts.dropna().sort_values(["customers", "value"], ascending=[False, True])
        total = counts["customers"].sum()
        common = known[known["customers"] >= self.smallest * total]
        common = common[~common["value"].map(make_slug).duplicated()]  # no two columns of one name
        if len(known) and common.empty:
            raise DataError(
                f"Customers table: {name} has {len(known):,} values, and none of them is that of "
                f"{self.smallest:.3g} of the customers, so it puts nobody together. Name the columns that "
                f"count in features.{PREFIX}.only=[...], or lower features.{PREFIX}.smallest."
            )
        rare = [OTHER] if len(common) < len(known) else []
        missing = [UNKNOWN] if len(known) < len(counts) else []
        return tuple(dict.fromkeys([*common["value"], *rare, *missing]))


@dataclass(frozen=True)
class MixedColumns:
    """What was learnt: customers who come later are described by the same columns.

    A value that was not there is `other`, or none of those that have a column.
    """

    medians: Mapping[str, float]
    unknown: Sequence[str]  # the numbers that are missing for somebody
    values: Mapping[str, Sequence[str]]
    logs: Sequence[str]

    @property
    def columns(self) -> tuple[Column, ...]:
        """Each number with its mark, then each category value by value."""
        return tuple(column for column, _ in self._list_marks())

    @property
    def requires(self) -> frozenset[str]:
        """The columns of the customers table that the set can't do without."""
        return frozenset({"customer_id", *self.medians, *self.values})

    def of_customers(self, customers: ir.Table) -> ir.Table:
        """One row per customer, with nothing missing."""
        numbers = {name: _convert_to_number(customers[name]) for name in self.medians}
        found = {f"{PREFIX}_{name}": numbers[name].fill_null(self.medians[name]) for name in numbers}
        for column, (name, value) in self._list_marks():
            if value is None:
                continue
            category = name not in numbers
            mark = self._simplify(customers, name) == value if category else numbers[name].isnull()
            found[column.name] = mark.cast("float64")
        return customers.select("customer_id", **found)

    def _list_marks(self) -> list[tuple[Column, tuple[str, str | None]]]:
        """Every column with what it is made of: a number, or a name and the value that it marks."""
        found: list[tuple[Column, tuple[str, str | None]]] = []
        for name in self.medians:
            told = name.replace("_", " ")
            number = Column(f"{PREFIX}_{name}", told, "units", "log" if name in self.logs else "none")
            found.append((number, (name, None)))
            if name in self.unknown:
                found.append((_make_mark(name, UNKNOWN), (name, UNKNOWN)))
        for name, values in self.values.items():
            found += [(_make_mark(name, value), (name, value)) for value in list_flagged_values(values)]
        return found

    def _simplify(self, customers: ir.Table, name: str) -> ir.StringValue:
        """A category as one of the values that have a column."""
        text = convert_to_text(customers[name])
        found: ir.StringValue = ibis.cases(
            (text.isnull(), UNKNOWN), (text.isin(list(self.values[name])), text), else_=OTHER
        )
        return found


def _make_mark(name: str, value: str) -> Column:
    told = f"1 where {name.replace('_', ' ')} is {value}, else 0"
    return Column(f"{PREFIX}_{name}{MARK}{make_slug(value)}", told, "0 or 1")


def _is_category(kind: dt.DataType) -> bool:
    return bool(kind.is_string() or kind.is_boolean() or kind.is_numeric())


def _convert_to_number(column: ir.Value) -> ir.FloatingValue:
    number = column.cast("float64")
    return number.isnan().ifelse(ibis.null("float64"), number)


def _learn_numbers(customers: ir.Table, names: Sequence[str]) -> tuple[dict[str, float], tuple[str, ...]]:
    """The median of each number, and those that are missing for somebody."""
    if not names:
        return {}, ()
    frame = customers.select(**{name: _convert_to_number(customers[name]) for name in names}).to_pandas()
    empty = [name for name in names if frame[name].isna().all()]
    if empty:
        raise DataError(
            f"Customers table: {empty[0]} is empty for every customer. Take the column out of the file, or "
            f"name those that count in features.{PREFIX}.only=[...]."
        )
    medians = {name: float(frame[name].median()) for name in names}
    return medians, tuple(name for name in names if frame[name].isna().any())
