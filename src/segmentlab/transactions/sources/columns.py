"""Which column of a source is which of ours: by the names in use, or as the user says."""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence

import ibis.expr.types as ir

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.schema import FIELDS, LINE_TOTAL, Field

# Compared without case, blanks and punctuation: `Customer ID`, `customer_id` and `CustomerID` are one.
ALIASES: Mapping[str, frozenset[str]] = {
    "customer_id": frozenset({"customerid", "customer", "custid", "customerno", "clientid", "userid"}),
    "invoice_id": frozenset({"invoiceid", "invoice", "invoiceno", "orderid", "orderno", "basketid"}),
    "product_id": frozenset({"productid", "stockcode", "product", "sku", "itemid", "articleid"}),
    "description": frozenset({"description", "productname", "itemname"}),
    "quantity": frozenset({"quantity", "qty", "count", "units", "pieces"}),
    "unit_price": frozenset({"unitprice", "price", "priceperunit"}),
    "line_total": frozenset({"linetotal", "amount", "total", "totalprice", "salesvalue", "revenue"}),
    "timestamp": frozenset({"timestamp", "invoicedate", "date", "datetime", "orderdate", "purchasedate"}),
    "country": frozenset({"country", "customercountry"}),
}
KNOWN = {field.name: field for field in (*FIELDS, LINE_TOTAL)}


def choose_columns(found: Sequence[str], given: Mapping[str, str | None], source: str) -> dict[str, str]:
    """Our name to the source's name, for every column of ours that the source has."""
    said = {name: column for name, column in given.items() if column is not None}
    _check_given(found, said, source)
    free = [column for column in found if column not in said.values()]
    chosen = {name: said.get(name) or _by_alias(name, free, source) for name in KNOWN}
    present = {name: column for name, column in chosen.items() if column is not None}
    missing = [KNOWN[name] for name in _missing(present)]
    if missing:
        others = [column for column in found if column not in present.values()]
        raise DataError(_what_is_missing(missing, found, others, source))
    return present


def in_our_order(table: ir.Table, columns: Mapping[str, str]) -> ir.Table:
    """Our names first, in our order; every other column stays, and makes way where it bears one of ours."""
    others = [column for column in table.columns if column not in columns.values()]
    return table.select(
        **{name: table[column] for name, column in columns.items()},
        **{f"{column}_in_source" if column in KNOWN else column: table[column] for column in others},
    )


def _missing(present: Mapping[str, str]) -> Iterable[str]:
    """A line needs who, when, and what it cost: the total, or how many pieces at which price."""
    cost = [] if "line_total" in present else ["quantity", "unit_price"]
    needed = [*(field.name for field in FIELDS if field.required), *cost]
    return [name for name in needed if name not in present]


def _by_alias(name: str, free: Sequence[str], source: str) -> str | None:
    candidates = [column for column in free if _plain(column) in ALIASES[name]]
    if len(candidates) > 1:
        raise ConfigError(
            f"{source}: {_listed(candidates)} may each be {name} ({KNOWN[name].meaning}). "
            f"Say which: data.columns.{name}='{candidates[0]}'."
        )
    return candidates[0] if candidates else None


def _check_given(found: Sequence[str], said: Mapping[str, str], source: str) -> None:
    for name, column in said.items():
        if name not in KNOWN:
            raise ConfigError(f"data.columns.{name}: there is no such column. Known: {', '.join(KNOWN)}.")
        if column not in found:
            near = difflib.get_close_matches(column, found, n=1, cutoff=0.5)
            hint = f" Did you mean '{near[0]}'?" if near else ""
            raise ConfigError(
                f"data.columns.{name}='{column}': {source} has no such column. Found: {_listed(found)}.{hint}"
            )


def _what_is_missing(
    missing: Sequence[Field], found: Sequence[str], others: Sequence[str], source: str
) -> str:
    told = [f"'{field.name}' ({field.meaning}{_nearest(field.name, others)})" for field in missing]
    return (
        f"{source}: no column for {', '.join(told)}. Found: {_listed(found)}. "
        f"Say which it is: data.columns.{missing[0].name}='<column>'; docs/data.md lists the "
        "names that are known."
    )


def _nearest(name: str, others: Sequence[str]) -> str:
    """The column whose name is most like one of those we know, when any is."""

    def likeness(column: str) -> float:
        return max(difflib.SequenceMatcher(None, alias, _plain(column)).ratio() for alias in ALIASES[name])

    near = [column for column in others if likeness(column) > 0.8]
    return f"; perhaps '{max(near, key=likeness)}'" if near else ""


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
