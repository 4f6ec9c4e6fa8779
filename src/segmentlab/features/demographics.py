"""Demographics: who customers are, from what somebody wrote down about them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

from segmentlab.errors import ConfigError, DataError
from segmentlab.features.feature_set import Column


@dataclass(frozen=True)
class Demographics:
    """Columns of the customers table: numbers as they are, categories as 0 or 1.

    `numbers` maps a column to its `description`, `unit` and, where it suits, `transform`. `categories` maps
    a column to its values: of two, one column for the second says it all; of more, each has its own.
    """

    prefix: str
    numbers: Mapping[str, Mapping[str, str]]
    categories: Mapping[str, Sequence[str]]

    def __post_init__(self) -> None:
        for name, said in self.numbers.items():
            if not {"description", "unit"} <= set(said) <= {"description", "unit", "transform"}:
                raise ConfigError(
                    f"features.{self.prefix}.numbers.{name} has {', '.join(said) or 'nothing'}; expected "
                    "description and unit, and perhaps transform."
                )
        for name, values in self.categories.items():
            if len({_simplify_value(value) for value in values}) < max(2, len(values)):
                raise ConfigError(
                    f"features.{self.prefix}.categories.{name}={list(values)}: expected two values or more, "
                    "each once."
                )

    @property
    def columns(self) -> tuple[Column, ...]:
        """Numbers first, then categories, in the order of the configuration."""
        numbers = [Column(f"{self.prefix}_{name}", **said) for name, said in self.numbers.items()]  # type: ignore[arg-type]
        flags = [
            Column(f"{self.prefix}_{name}_{make_slug(value)}", f"1 where {name} is {value}, else 0", "0 or 1")
            for name, values in self.categories.items()
            for value in list_flagged_values(values)
        ]
        return (*numbers, *flags)

    @property
    def requires(self) -> frozenset[str]:
        """The columns of the customers table that the set can't do without."""
        return frozenset({"customer_id", *self.numbers, *self.categories})

    def of_customers(self, customers: ir.Table) -> ir.Table:
        """One row per customer; what the table does not tell is missing."""
        texts = {name: convert_to_text(customers[name]) for name in self.categories}
        self._check_values(customers, texts)
        numbers = [customers[name].cast("float64") for name in self.numbers]
        flags = [
            (texts[name] == _simplify_value(value)).cast("float64")
            for name, values in self.categories.items()
            for value in list_flagged_values(values)
        ]
        names = [column.name for column in self.columns]
        return customers.select("customer_id", **dict(zip(names, [*numbers, *flags], strict=True)))

    def _check_values(self, customers: ir.Table, texts: Mapping[str, ir.StringValue]) -> None:
        """A number has to be one, and a category one of those that were named."""
        for name in self.numbers:
            if customers[name].type().is_string():
                value = customers[name].try_cast("float64")
                _refuse_values(customers, name, value.isnull(), "is no number", "Correct it, or empty it")
        for name, values in self.categories.items():
            unlisted = ~texts[name].isin([_simplify_value(value) for value in values])
            remedy = f"Correct it, or add it to features.{self.prefix}.categories.{name}"
            _refuse_values(customers, name, unlisted, f"is none of {', '.join(values)}", remedy)


def _refuse_values(customers: ir.Table, name: str, broken: ir.BooleanValue, what: str, remedy: str) -> None:
    """Name the first customer whose value is there and is not what was expected."""
    found = customers.filter(customers[name].notnull() & broken).order_by("customer_id")
    rows = found.select("customer_id", name).to_pandas()
    if len(rows):
        customer, value = rows.iloc[0]
        raise DataError(
            f"Customers table: {name} {what} for {len(rows):,} customers, first '{customer}' with '{value}'. "
            f"{remedy}."
        )


def list_flagged_values(values: Sequence[str]) -> Sequence[str]:
    """The values that get a column; two columns for two values would say the same twice."""
    return values[1:] if len(values) == 2 else values


def convert_to_text(column: ir.Value) -> ir.StringValue:
    """A category as values are compared; an empty text is missing."""
    return column.cast("string").strip().lower().nullif("")


def _simplify_value(value: str) -> str:
    """How values are compared: without case, and without blanks around them."""
    return str(value).strip().lower()


def make_slug(value: str) -> str:
    """A value as a part of a column's name."""
    return re.sub(r"\W+", "_", _simplify_value(value))
