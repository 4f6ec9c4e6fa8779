"""From a table as it was found to canonical transactions: mapped, typed, and with its bad rows told.

Text becomes a table of the engine. Columns that have their types already stay where they are and are read
when a query asks for them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace

import ibis.expr.types as ir
import pandas as pd
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError
from segmentlab.transactions.books.accept import check_accepted
from segmentlab.transactions.exports.recognise import recognise
from segmentlab.transactions.orders import OrderSums, sum_orders
from segmentlab.transactions.sources.bad_rows import CheckedRows, EmptyTotalsError, check_rows
from segmentlab.transactions.sources.columns import DECLINED, choose_beside, choose_columns, complete_columns
from segmentlab.transactions.sources.currencies import CurrencyChoice, Rates, settle_currencies
from segmentlab.transactions.sources.discounts import DiscountChoice, settle_discounts
from segmentlab.transactions.sources.furniture import check_no_totals, find_tail
from segmentlab.transactions.sources.identity import UnifiedIds, check_id_width, unify_ids
from segmentlab.transactions.sources.parsing import ParsedTable, TextParsing, TextSpelling, parse_columns
from segmentlab.transactions.sources.raw import RawTable, create_lines
from segmentlab.transactions.sources.rivals import describe_rivals, find_rivals
from segmentlab.transactions.sources.signs import settle_signs
from segmentlab.transactions.sources.status import check_flags, settle_status
from segmentlab.transactions.sources.streaming import keep_late, stream_lines
from segmentlab.transactions.sources.times import add_times
from segmentlab.transactions.sources.zones import check_zone


@dataclass(frozen=True, kw_only=True)
class LogChoices:
    """What the user may say about the meaning of a log; whatever is not said is found."""

    columns: Mapping[str, str | None] = field(default_factory=dict)
    dates: str | None = None
    decimal: str | None = None
    invoice: str = "timestamp"
    on_bad_rows: str = "error"
    accept: Sequence[str] = ()  # contradictions that somebody has looked at, by their words
    export: str | None = None
    zone: str | None = None
    currency: Rates | None = None
    signs: Mapping[str, float] | None = None
    id_width: int | None = None
    discount: str | None = None
    not_sold: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.decimal is not None:
            _check_one_of("decimal", self.decimal, (".", ","))
        check_zone(self.zone)
        check_id_width(self.id_width)
        _check_one_of("invoice", self.invoice, ("timestamp", "day"))
        _check_one_of("on_bad_rows", self.on_bad_rows, ("error", "quarantine"))
        check_accepted(self.accept)

    @classmethod
    def of(cls, source: object) -> "LogChoices":
        """What was said to a source: it has attributes of these names."""
        return cls(**{choice.name: getattr(source, choice.name) for choice in fields(cls)})


@dataclass(frozen=True)
class ConvertedTransactions:
    """Canonical transactions on an engine, what was decided on the way, and the rows set aside."""

    table: ir.Table
    columns: Mapping[str, str]
    notes: tuple[str, ...]
    quarantine: pd.DataFrame | None = None
    accept: tuple[str, ...] = ()  # contradictions that were looked at, or are none in such an export
    own_layout: str = ""  # of an export, where the user has written it
    sums: OrderSums | None = None


def convert_transactions(
    raw: RawTable, choices: LogChoices, engine: BaseBackend, source: str
) -> ConvertedTransactions:
    """Map, parse, check, and complete; a column of totals that holds none is as if it were not there."""
    try:
        return _convert(raw, choices, engine, source)
    except EmptyTotalsError as empty:
        if choices.columns.get("line_total") is not None:
            raise
        told = f"{str(empty).removeprefix(f'{source}: ')} Money is quantity times price."
        without = replace(choices, columns={**choices.columns, "line_total": DECLINED})
        return _convert(replace(raw, notes=(*raw.notes, told)), without, engine, source)


def _convert(raw: RawTable, choices: LogChoices, engine: BaseBackend, source: str) -> ConvertedTransactions:
    export = recognise(raw, choices.columns, choices.export, choices, engine, source)
    raw, columns = export.raw, choose_columns(export.raw.table.columns, export.columns, source)
    rivals = find_rivals(raw.table.columns, columns, export.columns, choices.accept, source)
    spelling = TextSpelling(choices.dates or export.dates, choices.decimal, choices.zone)
    beside = choose_beside(raw.table.columns, export.columns, columns)
    streamed = None if beside else stream_lines(TextParsing(raw, columns, spelling, engine, source))
    lines = streamed or parse_columns(raw, columns, spelling, engine, source)
    is_said = choices.columns.get("time") is not None
    timed = add_times(lines, beside.get("time"), is_said, engine, source)
    if timed.is_copy:
        check_no_totals(find_tail(timed.table) if timed.tail is None else timed.tail, source)
    warning = None if choices.dates and choices.on_bad_rows == "quarantine" else lines.warning
    sums = timed.sums
    if sums is None and not beside and "invoice_id" in columns:
        sums = sum_orders(timed.table)
    is_sound = (
        sums is not None
        and raw.misshapen is None
        and warning is None
        and (timed.sums is not None or sums.are_sound)
    )
    if not is_sound and (timed.is_copy or choices.on_bad_rows == "quarantine"):
        checked = check_rows(timed.table, raw, columns, choices.on_bad_rows, source, warning)
    else:
        checked = CheckedRows(timed.table)  # the flow checks every table; reading this twice would cost
    money, settled = _settle_money(checked.table, beside, choices, export.layout is None, source)
    if not money.equals(timed.table):
        sums = None  # of other lines
    ids = unify_ids(money, source, choices.id_width, choices.accept, sums)
    identified = _keep_lines(ids, timed, engine)
    completed, derived = complete_columns(identified, choices.invoice)
    told = (
        *raw.notes,
        _describe_mapping(columns),
        *describe_rivals(rivals, columns, completed),
        *timed.notes,
        *settled,
        *ids.notes,
        *derived,
    )
    return ConvertedTransactions(
        completed,
        columns,
        (*told, *checked.notes),
        checked.quarantine,
        accept=(*choices.accept, *(export.layout.accept if export.layout else ())),
        own_layout=repr(export.layout) if export.layout and export.layout.is_own else "",
        sums=None if ids.sums is None else replace(ids.sums, lines=completed),
    )


def _keep_lines(ids: UnifiedIds, parsed: ParsedTable, engine: BaseBackend) -> ir.Table:
    """The lines where every query finds them ready, or one that is yet to be asked."""
    if parsed.check is not None:
        return keep_late(ids.table, parsed.check, engine)
    return create_lines(ids.table, engine) if ids.costly and parsed.is_copy else ids.table


def _settle_money(
    lines: ir.Table, beside: Mapping[str, str], choices: LogChoices, is_unknown: bool, source: str
) -> tuple[ir.Table, tuple[str, ...]]:
    """What columns beside ours say of money: taken off, of another currency, given back, or never paid."""
    discounts = DiscountChoice(
        choices.discount,
        choices.accept,
        choices.decimal,
        is_named=choices.columns.get("discount") is not None,
        has_total=choices.columns.get("line_total") is not None,
    )
    currencies = CurrencyChoice(choices.currency, choices.accept)
    paid, taken_off = settle_discounts(lines, beside.get("discount"), discounts, source)
    money, changed = settle_currencies(paid, beside.get("currency"), currencies, source)
    signed, turned = settle_signs(money, beside.get("sign"), choices.signs, choices.accept, source)
    sold, unsold = settle_status(signed, beside.get("status"), choices.not_sold, choices.accept, source)
    if is_unknown:
        check_flags(sold, choices.accept, [*beside.values()], source)
    return sold, (*taken_off, *changed, *turned, *unsold)


def _describe_mapping(columns: Mapping[str, str]) -> str:
    renamed = [f"{name} = '{column}'" for name, column in columns.items() if name != column]
    return f"Columns: {', '.join(renamed)}." if renamed else "Columns bear our names."


def _check_one_of(name: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigError(f"data.{name} is {value!r}; expected {' or '.join(map(repr, known))}.")
