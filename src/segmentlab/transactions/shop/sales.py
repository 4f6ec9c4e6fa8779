"""The shop's records as columns of numbers: invoices, and the lines that stand on them.

Texts are looked up only when the records are written. Money is in pence, so that prices stay exact.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any, Final, Self

import numpy as np
import numpy.typing as npt

# The kinds of columns that the world is made of, whatever their width.


Ints = npt.NDArray[np.integer[Any]]
Floats = npt.NDArray[np.floating[Any]]
Numbers = npt.NDArray[np.number[Any]]  # whole numbers, perhaps held as floats
Flags = npt.NDArray[np.bool_]


NO_CUSTOMER: Final = -1
SALE_KIND, CANCELLATION_KIND, BAD_DEBT_KIND = 0, 1, 2
INVOICE_PREFIXES: Final = ("", "C", "A")  # of the invoice number, by kind


@dataclass(frozen=True)
class BookColumns:
    """Equally long arrays, one per field."""

    def take(self, rows: Ints | Flags) -> Self:
        """Only these rows, in this order."""
        return type(self)(*(getattr(self, field.name)[rows] for field in fields(self)))

    @classmethod
    def concat(cls, parts: Sequence[Self]) -> Self:
        """All rows of all parts."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))

    def __len__(self) -> int:
        return len(getattr(self, fields(self)[0].name))


@dataclass(frozen=True)
class Invoices(BookColumns):
    """Who bought when."""

    customer: npt.NDArray[np.int32]  # a row of the people of this piece, or NOBODY
    minute: npt.NDArray[np.int32]  # since the history began
    country: npt.NDArray[np.int8]
    kind: npt.NDArray[np.int8]

    @classmethod
    def of(cls, customer: Ints, minute: Ints, country: Ints | int, kind: int) -> Self:
        """Invoices of one kind, in the narrow types that keep a piece small."""
        return cls(
            customer.astype(np.int32),
            minute.astype(np.int32),
            np.broadcast_to(np.asarray(country, dtype=np.int8), len(minute)),
            np.full(len(minute), kind, dtype=np.int8),
        )


@dataclass(frozen=True)
class Lines(BookColumns):
    """What was bought."""

    invoice: npt.NDArray[np.int32]  # a row of the invoices
    item: npt.NDArray[np.int16]
    quantity: npt.NDArray[np.int32]
    pence: npt.NDArray[np.int32]

    @classmethod
    def of(cls, invoice: Ints, item: Ints, quantity: Numbers, pence: Numbers) -> Self:
        """Lines in the narrow types that keep a piece small."""
        return cls(
            invoice.astype(np.int32), item.astype(np.int16), quantity.astype(np.int32), pence.astype(np.int32)
        )


@dataclass(frozen=True)
class Sales:
    """Invoices and their lines."""

    invoices: Invoices
    lines: Lines

    @staticmethod
    def join(parts: "Sequence[Sales]") -> "Sales":
        """One set of records; the lines of each part keep to their own invoices."""
        ends = np.cumsum([len(part.invoices) for part in parts])
        lines = Lines.concat([part.lines for part in parts])
        offsets = np.repeat(np.r_[0, ends[:-1]], [len(part.lines) for part in parts])
        shifted = (lines.invoice + offsets).astype(np.int32)
        return Sales(
            Invoices.concat([part.invoices for part in parts]),
            Lines(shifted, lines.item, lines.quantity, lines.pence),
        )

    def in_order_of_time(self) -> "Sales":
        """The same records sorted by time, lines of one invoice together."""
        order = np.argsort(self.invoices.minute, kind="stable")
        rank = np.empty(len(order), dtype=np.int32)
        rank[order] = np.arange(len(order), dtype=np.int32)
        numbered = Lines(rank[self.lines.invoice], self.lines.item, self.lines.quantity, self.lines.pence)
        return Sales(self.invoices.take(order), numbered.take(np.argsort(numbered.invoice, kind="stable")))
