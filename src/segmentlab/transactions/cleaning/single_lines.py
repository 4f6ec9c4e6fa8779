"""Rules that need nothing but the line itself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Final

import ibis
import ibis.expr.types as ir

# What the shop of Online Retail II books under the code of a product although it sells none.
CHARGES: Final = (
    r"POST|DOT|C2|C3|CRUK|AMAZONFEE|BANK CHARGES",  # postage, carriage, charity and fees
    r"ADJUST2?|M|B|D|S",  # adjustments, manual, bad debt, discount, samples
    r"GIFT(_\d+)*",  # vouchers
    r"TEST\d*",
)


@dataclass(frozen=True)
class UnknownCustomer:
    """Sales that nobody can be named for."""

    requires: ClassVar[frozenset[str]] = frozenset({"customer_id"})

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines whose customer id is missing or blank."""
        return lines["customer_id"].isnull() | ~lines["customer_id"].re_search(r"\S")


@dataclass(frozen=True)
class InvoicePrefix:
    """Invoices of a kind that the shop marks by their first letter: C cancels, A adjusts bad debt."""

    prefix: str
    requires: ClassVar[frozenset[str]] = frozenset({"invoice_id"})

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines of invoices that begin with the prefix, in either case."""
        return lines["invoice_id"].re_search(rf"(?i)^\s*{re.escape(self.prefix)}")


@dataclass(frozen=True)
class NotPositive:
    """Zero or negative quantities and prices: returns, give-aways, stock corrections."""

    column: str

    @property
    def requires(self) -> frozenset[str]:
        """The column that has to be positive."""
        return frozenset({self.column})

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines whose value in the column is zero or less."""
        return lines[self.column] <= 0


@dataclass(frozen=True)
class NonProduct:
    """Postage, fees, samples, manual entries: codes that name no product."""

    patterns: Sequence[str] = CHARGES
    requires: ClassVar[frozenset[str]] = frozenset({"product_id"})

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines whose whole stock code matches one of the patterns, in either case."""
        return lines["product_id"].strip().re_search(f"(?i)^({'|'.join(self.patterns)})$")


@dataclass(frozen=True)
class OtherThan:
    """Whatever is not written as expected: codes, invoices, countries."""

    column: str
    pattern: str

    @property
    def requires(self) -> frozenset[str]:
        """The column that has to match."""
        return frozenset({self.column})

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines whose whole value in the column does not match the pattern; a missing one does not."""
        return ~lines[self.column].re_search(f"^({self.pattern})$").fill_null(False)


@dataclass(frozen=True)
class From:
    """What was not yet known: lines at or after a date."""

    date: str
    requires: ClassVar[frozenset[str]] = frozenset({"timestamp"})

    def drops(self, lines: ir.Table) -> ir.BooleanValue:
        """Lines at or after midnight of the date."""
        return lines["timestamp"] >= ibis.timestamp(f"{self.date} 00:00:00")
