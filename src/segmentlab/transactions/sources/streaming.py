"""A text that is summed while it is read: its lines come into memory when somebody asks for them.

One pass over the columns that sums by order need takes half the time of reading all of them. Dates are keys
of the sums: many lines share one, and each is parsed once. Where the sums show a value that is not as
computers write it, nothing is streamed, and whoever reads all lines first tells of it or knows it.
"""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple, Protocol, runtime_checkable

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.transactions.orders import (
    LAST,
    ROWS,
    SOUND,
    OrderSums,
    add_gross,
    judge_lines,
    list_keys,
    list_usual_rules,
)
from segmentlab.transactions.schema import (
    LINE_TOTAL,
    compute_line_value,
    is_plausible,
    list_needed_columns,
    mark_sound_lines,
)
from segmentlab.transactions.sources.columns import order_columns
from segmentlab.transactions.sources.dates import read_known_dates
from segmentlab.transactions.sources.furniture import TAIL_ROWS, has_total
from segmentlab.transactions.sources.moments import read_in_one_format
from segmentlab.transactions.sources.numbers import look_plain, show_decimal_point
from segmentlab.transactions.sources.parsing import (
    ParsedTable,
    TextParsing,
    list_number_texts,
    read_head_rows,
    type_columns,
)
from segmentlab.transactions.sources.raw import TextParser
from segmentlab.transactions.sources.status import PART

PRODUCT: Final = "product_id"
OF_PRODUCT: Final = "_of_product"  # 1 where lines of a product are summed, 0 where those of an order are


@runtime_checkable
class LateEngine(Protocol):
    """An engine that has tables which are computed when a query first asks for them."""

    def create_late_table(self, content: ir.Table, check: Callable[[], None]) -> ir.Table:
        """A table of what `content` says; `check` may refuse before it is computed."""
        ...


def stream_lines(parsing: TextParsing) -> ParsedTable | None:
    """The lines, not yet read, with their sums; nothing where the text has to be looked at more closely."""
    text, named = parsing.raw.at_once, order_columns(parsing.raw.table, parsing.columns)
    if text is None or not isinstance(parsing.engine, LateEngine) or not _are_plain_columns(parsing, named):
        return None
    tail = text.read_tail(TAIL_ROWS)
    if tail is None or has_total(_leave_out_numbers(tail, parsing)):
        return None
    numbers = list_number_texts(named, parsing.columns)
    head = read_head_rows(parsing, named, [*numbers, "timestamp"])
    shown = head.select(numbers)
    if parsing.spelling.decimal == "," or not (look_plain(shown) and show_decimal_point(shown)):
        return None
    text.check_bytes()
    return _sum_text(parsing, named, head["timestamp"].drop_null().to_pylist(), text)


def keep_late(lines: ir.Table, check: Callable[[], None], engine: BaseBackend) -> ir.Table:
    """The lines as a table that is read when it is asked for."""
    assert isinstance(engine, LateEngine)  # which streamed them
    return engine.create_late_table(lines, check)


def _are_plain_columns(parsing: TextParsing, named: ir.Table) -> bool:
    """Whether each column means one thing, orders are known, and every number is one that lines need."""
    columns = parsing.columns
    return (
        "invoice_id" in columns
        and PART not in named.columns
        and len(set(columns.values())) == len(columns)
        and set(list_number_texts(named, columns)) <= set(list_needed_columns(named))
    )


def _leave_out_numbers(rows: list[list[str]], parsing: TextParsing) -> list[list[str]]:
    """The cells that stay text: a total is empty in most of these."""
    named = order_columns(parsing.raw.table, parsing.columns)
    typed = {parsing.columns[name] for name in (*list_number_texts(named, parsing.columns), "timestamp")}
    kept = [place for place, name in enumerate(parsing.raw.table.columns) if name not in typed]
    return [[row[place] for place in kept] for row in rows]


def _sum_text(
    parsing: TextParsing, named: ir.Table, dates: list[str], text: TextParser
) -> ParsedTable | None:
    typed = type_columns(named, {}, parsing.columns)
    written = _sum_lines(typed, parsing.engine)
    read = read_in_one_format(written.orders, dates, parsing.moments, parsing.engine)
    if read is None or read.form is None:
        return None
    plausible = is_plausible(read.table[LAST])
    rules = list_usual_rules(typed)
    table = read.table.mutate(**{SOUND: ibis.ifelse(plausible, read.table[SOUND], 0)})
    lines = typed.mutate(timestamp=read_known_dates(typed["timestamp"], read.form, parsing.spelling.zone))
    sums = OrderSums(lines, add_gross(table, lines, rules), rules, written.spellings)
    if not sums.are_sound:
        return None
    return ParsedTable(lines, False, read.notes, sums=sums, check=text.check_same)


class WrittenSums(NamedTuple):
    """Sums by order whose dates are still text, and the spellings of product ids, as `OrderSums` has them."""

    orders: ir.Table
    spellings: Mapping[str, ir.Table]


def _sum_lines(lines: ir.Table, engine: BaseBackend) -> WrittenSums:
    """As `sum_orders` does, and in the same pass by product: Ibis has no words for two groupings at once."""
    value = compute_line_value(lines)
    keys = list_keys(lines) | {LAST: lines["timestamp"]} | judge_lines(lines, list_usual_rules(lines))
    products = {name: lines[name] for name in lines.columns if name == PRODUCT}
    sound = mark_sound_lines(lines, but=["timestamp"])
    each = lines.select(**keys, **products, **{SOUND: sound, LINE_TOTAL.name: value})
    sets = ", ".join(f"({', '.join(map(_quote, names))})" for names in (keys, products) if names)
    name = ibis.util.gen_name("sums")
    wanted = [*map(_quote, (*keys, *products)), f"GROUPING({_quote(next(iter(keys)))}) AS {OF_PRODUCT}"]
    wanted += [f"COUNT(*) AS {ROWS}", f"COUNT(*) FILTER ({SOUND}) AS {SOUND}"]
    wanted += [f"SUM({LINE_TOTAL.name}) AS {LINE_TOTAL.name}"]
    source = f"({ibis.to_sql(each, dialect='duckdb')}) GROUP BY GROUPING SETS ({sets})"
    select = f"SELECT {', '.join(wanted)} FROM {source}"  # noqa: S608  names of ours
    engine.raw_sql(f"CREATE TEMP TABLE {_quote(name)} AS {select}")
    sums = engine.table(name)
    orders = sums.filter(sums[OF_PRODUCT] == 0).drop(OF_PRODUCT, *products)
    by_product = sums.filter(sums[OF_PRODUCT] == 1)
    spellings = {
        each: by_product.select(written=by_product[each], lines=by_product[ROWS]) for each in products
    }
    return WrittenSums(orders, spellings)


def _quote(name: str) -> str:
    return f'"{name}"'  # names of ours
