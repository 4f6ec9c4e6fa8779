"""Numbers: every numeric column of a customers table, as it stands there."""

from collections.abc import Sequence
from dataclasses import dataclass

import ibis.expr.types as ir

from segmentlab.errors import ConfigError, DataError
from segmentlab.features.demographics import Demographics


@dataclass(frozen=True)
class Numbers:
    """Which columns there are is learnt from the table; `only` names those that count, all when empty.

    Customers who come later are described by the same columns.
    """

    only: Sequence[str] = ()

    @property
    def requires(self) -> frozenset[str]:
        """The columns of the customers table that the set can't do without."""
        return frozenset({"customer_id", *self.only})

    def learn_from(self, customers: ir.Table) -> Demographics:
        """The set of the columns that this table has."""
        numeric = [
            name
            for name, kind in customers.schema().items()
            if name != "customer_id" and (kind.is_numeric() or kind.is_boolean())
        ]
        texts = sorted(set(self.only) - set(numeric))
        if texts:
            raise ConfigError(f"features.numbers.only names {', '.join(texts)}, which holds no numbers.")
        if not numeric:
            raise DataError(
                f"features=numbers needs a numeric column, and the customers table has "
                f"{', '.join(customers.columns)}. Choose features=demographics for categories."
            )
        said = {
            name: {"description": name.replace("_", " "), "unit": "units"} for name in self.only or numeric
        }
        return Demographics("numbers", said, {})
