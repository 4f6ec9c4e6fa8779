"""What a log lacks and its other columns imply."""

import ibis.expr.types as ir

from segmentlab.transactions.sources.columns import KNOWN


def completed(table: ir.Table, invoice: str) -> tuple[ir.Table, tuple[str, ...]]:
    """Add the invoice and the price of a piece where the log has neither, and say how."""
    added: dict[str, ir.Value] = {}
    notes = []
    if "invoice_id" not in table.columns:
        added["invoice_id"] = _invoice(table, invoice)
        notes.append(f"No invoice ids: all lines of one customer and {invoice} are one invoice.")
    if "quantity" not in table.columns:
        notes.append("No quantities: features that count pieces can't be had.")
    elif "unit_price" not in table.columns:
        added["unit_price"] = table["line_total"] / table["quantity"].nullif(0.0)
        notes.append("No prices of a piece: they are line totals over quantities.")
    if "unit_price" in table.columns and "line_total" in table.columns:
        notes.append("Lines have totals of their own: money is summed from these.")
    whole = table.mutate(**added)
    ours = [name for name in KNOWN if name in whole.columns]
    return whole.relocate(*ours), tuple(notes)


def _invoice(table: ir.Table, invoice: str) -> ir.StringValue:
    """The moment stands first: an id that began with a customer's C would read as a cancellation."""
    when = table["timestamp"] if invoice == "timestamp" else table["timestamp"].date()
    return when.cast("string") + " " + table["customer_id"]
