"""What an order says of its lines: its cells, whether it was sold, and what is left of its value.

Each step takes the export as far as it is prepared and hands it on, with a note on what was decided.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.cleaning.single_lines import NOT_SOLD_COLUMN
from segmentlab.transactions.exports.layout import ExportLayout
from segmentlab.transactions.sources.numbers import read_amount

ROW: Final = "_row"  # the place in the source; refunds come after all of them
VALUE: Final = "line_total"
CENT: Final = 0.01
SHOWN_VALUES: Final = 5
MOST_STRANGE: Final = 0.05  # of the orders may cost more than their lines before that is asked about


class OrderChoices(Protocol):
    """What the user says that decides about orders."""

    @property
    def accept(self) -> Sequence[str]:
        """Contradictions that somebody has looked at, by their words."""
        ...

    @property
    def decimal(self) -> str | None:
        """The decimal sign, where it is said."""
        ...


@dataclass(frozen=True)
class PreparedExport:
    """An export on its way to lines of ours. `columns` are our names to those of the table."""

    table: ir.Table
    columns: dict[str, str]
    layout: ExportLayout
    choices: OrderChoices
    engine: BaseBackend
    source: str
    notes: tuple[str, ...] = ()

    def note(self, told: str | None, table: ir.Table | None = None) -> "PreparedExport":
        """The same with one note more, where there is something to tell, and with another table."""
        told_now = (told,) if told else ()
        return replace(self, table=self.table if table is None else table, notes=(*self.notes, *told_now))

    def find(self, names: str | Sequence[str]) -> str | None:
        """The column that bears one of the names."""
        return self.layout.find(names, self.table.columns)

    def store(self, table: ir.Table) -> ir.Table:
        """Computed once: several queries follow."""
        return self.engine.create_table(ibis.util.gen_name("export"), table.order_by(ROW), temp=True)


def carry_cells(export: PreparedExport) -> PreparedExport:
    """Cells that belong to the order, from the line on which they stand to its other lines."""
    order = export.columns.get("invoice_id")
    names = [name for name in map(export.find, export.layout.carried) if name is not None]
    if order is None or not names:
        return export
    table = export.table
    table = table.mutate(**{name: _blank_to_null(table[name]) for name in (order, *names)})
    alike = table.group_by(order).aggregate(**{name: table[name].nunique() for name in names})
    _refuse_two_values(alike, order, names, export)
    within = ibis.window(group_by=order)
    carried = {
        name: ibis.ifelse(table[order].isnull(), table[name], table[name].max().over(within))
        for name in names
    }
    filled = {name: (table[name].isnull() & carried[name].notnull()) for name in names}
    counted = table.mutate(**filled).aggregate(**{name: ibis._[name].sum() for name in names})
    found = {name: count or 0 for name, count in counted.to_pyarrow().to_pylist()[0].items()}
    told = ", ".join(f"'{name}' to {count:,} lines" for name, count in found.items() if count)
    note = f"Cells of an order that stand on one of its lines were carried to the others: {told}."
    return export.note(note if told else None, export.store(table.mutate(**carried)))


def _refuse_two_values(alike: ir.Table, order: str, names: Sequence[str], export: PreparedExport) -> None:
    """Two orders under one id, as two shops one below the other have them, would share their customers."""
    known = alike.filter(alike[order].notnull())
    counts = known.aggregate(**{name: (known[name] > 1).sum() for name in names}).to_pyarrow().to_pylist()[0]
    for name, count in counts.items():
        if count:
            first = known.filter(known[name] > 1)[order].min().to_pyarrow().as_py()
            raise DataError(
                f"{export.source}: {count:,} orders have two values of '{name}' on their lines, first "
                f"{first!r} in '{order}'. Expected one: are these the exports of two shops? Give the "
                "orders of each ids of their own, or type data.export=none."
            )


def mark_not_sold(export: PreparedExport) -> PreparedExport:
    """A reason to leave, on the lines of orders that were never paid and of what is no product."""
    status = export.layout.status
    column = export.find(status.column) if status else None
    table, reason = export.table, ibis.null("string")
    if status is not None and column is not None:
        written = table[column].strip().lower()
        known = _lower([*status.sold, *status.not_sold])
        _refuse_unknown(export, column, known, "status", "to count these lines as sold")
        reason = ibis.ifelse(written.isin(_lower(status.not_sold)), written, reason)
    for name, pattern in export.layout.not_products.items():
        if found := export.find(name):
            reason = ibis.coalesce(reason, ibis.ifelse(table[found].re_search(pattern), "no product", reason))
    marked = export.store(table.mutate(**{NOT_SOLD_COLUMN: reason}))
    counts = marked.filter(marked[NOT_SOLD_COLUMN].notnull()).group_by(NOT_SOLD_COLUMN)
    found_reasons = counts.aggregate(lines=ibis._.count()).order_by(NOT_SOLD_COLUMN).to_pyarrow().to_pylist()
    told = ", ".join(f"{row['lines']:,} {row[NOT_SOLD_COLUMN]!r}" for row in found_reasons)
    note = f"Not sold: {told} lines. They are read, and leave before any rule of cleaning, as not_sold."
    return export.note(note if told else None, marked)


def _refuse_unknown(
    export: PreparedExport, column: str, known: Sequence[str], accepted: str, meaning: str
) -> None:
    """A value that nobody has decided about is asked about; an empty cell says nothing."""
    written = export.table[column].strip().lower()
    strange = export.table.filter(written.notnull() & (written != "") & ~written.isin(known))
    values = strange[column].value_counts(name="lines").order_by(ibis.desc("lines")).to_pyarrow().to_pylist()
    if values and accepted not in export.choices.accept:
        shown = ", ".join(f"{row[column]!r} on {row['lines']:,} lines" for row in values[:SHOWN_VALUES])
        raise DataError(
            f"{export.source}: column '{column}' holds {shown}. {export.layout.title} are known to hold "
            f"{', '.join(known)}. Type data.accept=[{accepted}] {meaning}, or take them out of the file."
        )


def value_lines(export: PreparedExport) -> PreparedExport:
    """What each line cost in the end: less its own discounts, and its share of its order's."""
    layout, table = export.layout, export.table
    discounts = [name for name in map(export.find, layout.discounts) if name is not None]
    if not (layout.order_value or discounts or layout.refund or layout.status or layout.signs):
        return export
    own = export.columns.get("line_total")
    if own is not None:
        value = _read_amount(own, export)
    elif {"quantity", "unit_price"} <= export.columns.keys():
        value = _read_amount(export.columns["quantity"], export) * _read_amount(
            export.columns["unit_price"], export
        )
    else:
        return export  # what is missing is asked for when columns are chosen
    value = _sign_amounts(value, export)
    for name in discounts:
        value = value - _read_amount(name, export).abs().fill_null(0.0)
    left = ibis.cases((table[NOT_SOLD_COLUMN].notnull(), 0.0))  # a cancelled line may lack its price
    valued = export.store(table.mutate(**{VALUE: ibis.coalesce(value, left)}))
    columns = {**export.columns, "line_total": VALUE}
    columns.pop("unit_price", None)  # a piece costs what its line did, discounts taken off
    told = f"Discounts in {_join(discounts)} are taken off their lines." if discounts else None
    return _share_order_value(replace(export, columns=columns).note(told, valued))


def _sign_amounts(value: ir.FloatingValue, export: PreparedExport) -> ir.FloatingValue:
    """Negative where money went out, as a column of its own says."""
    signs = export.layout.signs
    if signs is None:
        return value
    column = export.find(signs.column)
    assert column is not None, f"{signs.column} is no column of the layout's fingerprint"
    written = export.table[column].strip().lower()
    _refuse_unknown(
        export, column, _lower([*signs.positive, *signs.negative]), "sign", "to count these lines as they are"
    )
    return ibis.ifelse(written.isin(_lower(signs.negative)), -value, value)


def _share_order_value(export: PreparedExport) -> PreparedExport:
    """The value of the order, which knows every discount, shared out by what its lines cost without."""
    wanted, order, table = export.layout.order_value, export.columns.get("invoice_id"), export.table
    if wanted is None or order is None:
        return export
    plus, minus = ([export.find(name) for name in names] for names in (wanted.plus, wanted.minus))
    absent = [name for name, found in zip(wanted.plus, plus, strict=True) if found is None]
    if absent and "order_value" in export.choices.accept:
        return export
    if absent:
        raise DataError(
            f"{export.source}: {export.layout.title} without '{absent[0]}', which says what an order cost "
            "after its discounts. Export it too, or type data.accept=[order_value] to count prices before "
            "discounts."
        )
    whole = sum((_read_amount(name, export) for name in plus if name), ibis.literal(0.0))
    for name in minus:
        whole = whole - (_read_amount(name, export).abs().fill_null(0.0) if name else 0.0)
    within = ibis.window(group_by=order)
    known = table.mutate(
        _whole=whole, _sum=table[VALUE].sum().over(within), _lines=table.count().over(within)
    )
    share = ibis.ifelse(known["_sum"] == 0, 1 / known["_lines"], known[VALUE] / known["_sum"])
    value = ibis.ifelse(
        known["_whole"].isnull() | known[order].isnull(), known[VALUE], share * known["_whole"]
    )
    orders = known.filter(known[order].notnull()).distinct(on=order)
    told = _compare_orders(orders, [name for name in (*plus, *minus) if name], export)
    valued = known.mutate(**{VALUE: value}).drop("_whole", "_sum", "_lines")
    return export.note(told, export.store(valued))


def _compare_orders(orders: ir.Table, names: Sequence[str], export: PreparedExport) -> str | None:
    """How the orders differ from the sums of their lines; many that cost more are a question."""
    less = orders["_sum"] - orders["_whole"]
    facts = orders.aggregate(
        orders=orders.count(),
        missing=orders["_whole"].isnull().sum(),
        less=(less > CENT * orders["_lines"]).sum(),
        more=(less < -CENT * orders["_lines"]).sum(),
        off=less.sum(where=less > 0).fill_null(0.0),
        above=(-less).sum(where=less < 0).fill_null(0.0),
    )
    found = facts.to_pyarrow().to_pylist()[0]
    written = " less ".join(_join([name]) for name in names)
    strange = (found["more"] or 0) + (found["missing"] or 0)
    if strange > MOST_STRANGE * found["orders"] and "order_value" not in export.choices.accept:
        raise DataError(
            f"{export.source}: {written} should be what an order's goods cost, and in {strange:,} of "
            f"{found['orders']:,} orders it is missing or more than their lines come to "
            f"({found['above']:,.2f} in all). Type data.accept=[order_value] to count it all the same, or "
            "data.export=none to count "
            "quantity times price."
        )
    if not found["less"]:
        return None
    return (
        f"Discounts: {found['off']:,.2f} in {found['less']:,} of {found['orders']:,} orders, by {written}, "
        "are taken off their lines, each by its share."
    )


def add_refunds(export: PreparedExport) -> PreparedExport:
    """What an order's customer was given back, as a line below all others: negative, without pieces."""
    refund = export.find(export.layout.refund) if export.layout.refund else None
    if refund is None or VALUE not in export.table.columns:
        return export
    table = export.table
    order = export.columns["invoice_id"]
    within = ibis.window(group_by=order)
    asked = table.mutate(
        _back=_read_amount(refund, export).abs().fill_null(0.0),
        _sum=table[VALUE].sum().over(within),
        _place=ibis.row_number().over(ibis.window(group_by=order, order_by=ROW)),
    )
    first = asked.filter((asked["_place"] == 0) & (asked["_back"] > 0))
    told_back = ibis.least(first["_back"], ibis.greatest(first["_sum"], 0.0))
    columns: dict[str, ir.Value] = {VALUE: -told_back, ROW: first[ROW] + table.count().as_scalar()}
    blank = {"product_id", "unit_price"} & export.columns.keys()
    columns |= {export.columns[name]: ibis.null(table[export.columns[name]].type()) for name in blank}
    if "description" in export.columns:
        columns[export.columns["description"]] = ibis.literal("refund")
    if (quantity := export.columns.get("quantity")) is not None:
        columns[quantity] = ibis.literal("0").cast(table[quantity].type())
    lines = first.mutate(**columns).drop("_back", "_sum", "_place")
    sums = first.aggregate(orders=first.count(), back=told_back.sum(), whole=first["_back"].sum())
    found = sums.to_pyarrow().to_pylist()[0]
    if not found["orders"]:
        return export
    beyond = found["whole"] - found["back"]
    told = (
        f"Refunds: {found['back']:,.2f} in {found['orders']:,} orders, by '{refund}', each a line of its "
        "own: negative, of no piece, at the moment of its order, for the export does not say when."
        + (
            f" Another {beyond:,.2f} is beyond what the goods cost and no part of them."
            if beyond > CENT
            else ""
        )
    )
    return export.note(told, export.store(table.union(lines.select(*table.columns))))


def describe_guests(export: PreparedExport) -> PreparedExport:
    """How many lines and orders have no customer."""
    table, customer = export.table, export.columns.get("customer_id")
    if customer is None:
        return export  # which is told when columns are chosen
    lines = table.filter(_blank_to_null(table[customer]).isnull())
    order = export.columns.get("invoice_id")
    counts = lines.aggregate(lines=lines.count(), orders=lines[order].nunique() if order else lines.count())
    found = counts.to_pyarrow().to_pylist()[0]
    told = (
        f"Guests: {found['lines']:,} lines of {found['orders']:,} orders have no "
        f"'{customer}' and are anonymous sales."
    )
    return export.note(told if found["lines"] else None)


def _read_amount(column: str, export: PreparedExport) -> ir.FloatingValue:
    """A column as numbers; what is there and is none is named."""
    value = export.table[column]
    if not value.type().is_string():
        return value.cast("float64")
    number = read_amount(export.table, column, export.choices.decimal, export.source)
    strange = export.table.filter(_blank_to_null(value).notnull() & number.isnull())
    first = strange.select(column).limit(1).to_pyarrow().to_pylist()
    if first:
        raise DataError(
            f"{export.source}: column '{column}' holds {first[0][column]!r}, expected an amount such as "
            "12.50. Correct these cells, or type data.export=none."
        )
    return number


def _blank_to_null(value: ir.Value) -> ir.Value:
    return value.strip().nullif("") if value.type().is_string() else value


def _lower(values: Sequence[str]) -> list[str]:
    return [str(value).lower() for value in values]


def _join(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
