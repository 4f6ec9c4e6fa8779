"""Columns that could be one of ours as well as the one that was chosen."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Final

from segmentlab.errors import ConfigError
from segmentlab.transactions.sources.columns import simplify_column

# Names that may mean something else than what they are taken for, as a user may be a cashier, ...
UNSURE: Final[Mapping[str, frozenset[str]]] = {
    "customer_id": frozenset({"userid", "user", "username", "account", "accountid"}),
    "quantity": frozenset({"count", "number", "units"}),
    "line_total": frozenset({"total", "amount", "revenue", "value"}),
    "timestamp": frozenset({"date", "datetime", "time", "timestamp"}),
}
# ... and those that mean it although they are not taken for it unasked.
COULD_BE: Final[Mapping[str, frozenset[str]]] = {
    "customer_id": frozenset(
        {
            "client",
            "clientno",
            "buyer",
            "buyerid",
            "member",
            "memberid",
            "shopper",
            "patron",
            "kunde",
            "email",
        }
        | {"customeremail", "customername", "cardno", "cardid", "household", "householdid", "contact"}
    ),
    "quantity": frozenset({"quantitysold", "qtysold", "itemcount", "piecessold", "number"}),
    "line_total": frozenset({"sales", "netsales", "grosssales", "net", "gross", "netamount", "grossamount"}),
    "timestamp": frozenset({"orderedat", "purchasedat", "boughton", "dateordered", "saledate", "soldat"}),
}


def describe_rivals(
    found: Sequence[str],
    chosen: Mapping[str, str],
    given: Mapping[str, str | None],
    accept: Collection[str],
    source: str,
) -> tuple[str, ...]:
    """Name the columns that were not chosen, and refuse to choose where the chosen name is unsure itself."""
    notes = []
    for ours, column in chosen.items():
        rivals = list(_list_rivals(ours, found, chosen))
        if not rivals or given.get(ours):
            continue
        told = ", ".join(f"'{rival}'" for rival in rivals)
        unsure = simplify_column(column) in UNSURE.get(ours, ())
        if unsure and "rivals" not in accept:
            ways = "; or ".join(f"data.columns.{ours}='{name}'" for name in (column, *rivals[:2]))
            raise ConfigError(
                f"{source}: '{column}' may be {ours}, and so may {told}. To settle it: {ways}; or "
                f"data.accept=[rivals] for '{column}'."
            )
        notes.append(f"'{column}' is {ours}; {told} could be it too (data.columns.{ours}= says otherwise).")
    return tuple(notes)


def _list_rivals(ours: str, found: Sequence[str], chosen: Mapping[str, str]) -> Iterator[str]:
    for column in found:
        if column not in chosen.values() and simplify_column(column) in COULD_BE.get(ours, ()):
            yield column
