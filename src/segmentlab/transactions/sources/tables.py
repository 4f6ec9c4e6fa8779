"""Several tables of one shop as one: items with their orders, customers and products beside them.

Every table beside the items is looked up by a key that stands once in it, so no line can be multiplied;
how many lines find no partner is counted and said.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.sources.columns import COLUMN_ALIASES, simplify_column
from segmentlab.transactions.sources.raw import RawTable

LINE_TABLES: Final = ("items", "lines", "transactions", "orders")  # the first that is there has the lines
# What else a table tells of a line: a total in `orders` is the order's, a date in `customers` not the sale's.
TOLD_BY: Final[Mapping[str, frozenset[str]]] = {
    "orders": frozenset({"customer_id", "invoice_id", "timestamp", "country"}),
    "customers": frozenset({"customer_id", "country"}),
    "products": frozenset({"product_id", "description"}),
}
MOST_LOST: Final = 0.05  # of the lines may lack a partner before that is asked about
ID_NAME: Final = r"(id|key|code|sku|no|number|email)$"  # a date or a city that both have ties nothing
PLACE: Final = "_place"


@dataclass(frozen=True)
class JoinKey:
    """The column of the lines and that of a table beside them which hold the same ids."""

    ours: str
    theirs: str


@dataclass(frozen=True)
class TableSet:
    """The tables by what is in them, and what the user says of their keys and of lines that are lost."""

    tables: Mapping[str, RawTable]
    keys: Mapping[str, str] = field(default_factory=dict)
    accept: Sequence[str] = ()
    source: str = "data.tables"

    def join(self, engine: BaseBackend) -> RawTable:
        """One table of lines, in their order."""
        base = next((name for name in LINE_TABLES if name in self.tables), None)
        if base is None or len(self.tables) < 2:
            raise ConfigError(
                f"data.tables has {', '.join(self.tables)}. Expected the lines as items, and tables "
                "beside them: data.tables={items: items.csv, orders: orders.csv, customers: customers.csv}."
            )
        lines = self.tables[base].table
        lines = engine.create_table(
            ibis.util.gen_name("items"), lines.mutate(**{PLACE: ibis.row_number()}), temp=True
        )
        waiting = [name for name in self.tables if name != base]
        notes = [*self.tables[base].notes]
        while waiting:
            name, key = self._find_next(lines, waiting, base)
            lines, told = self._look_up(lines, name, key, base, engine)
            notes += [*self.tables[name].notes, told]
            waiting.remove(name)
        ordered = lines.order_by(PLACE).drop(PLACE)
        whole = engine.create_table(ibis.util.gen_name("joined"), ordered, temp=True)
        place = f"{self.tables[base].place} of {base}"
        return replace(self.tables[base], table=whole, notes=tuple(notes), place=place, at_once=None)

    def _find_next(self, lines: ir.Table, waiting: Sequence[str], base: str) -> tuple[str, JoinKey]:
        """A table that has a key in common with the lines as they are by now."""
        for name in waiting:
            if key := self._find_key(lines, name):
                return name, key
        name = waiting[0]
        raise ConfigError(
            f"data.tables: no column ties each row of {base} to one row of {name}. {name} has "
            f"{_join(self.tables[name].table.columns)}, the others "
            f"{_join(column for column in lines.columns if column != PLACE)}. Say which columns do: "
            f"data.keys={{{name}: customer_id}}, or {{{name}: buyer:id}} where they have two names."
        )

    def _find_key(self, lines: ir.Table, name: str) -> JoinKey | None:
        """The column in common that stands once in the table; of several the one that bears its name."""
        table = self.tables[name].table
        if name in self.keys:
            return self._read_key(lines, name)
        mine = {simplify_column(column): column for column in lines.columns}
        singular = name.removesuffix("s")
        pairs = [
            JoinKey(mine[simplify_column(column)], column)
            for column in table.columns
            if simplify_column(column) in mine and re.search(ID_NAME, simplify_column(column))
        ]
        own = [column for column in table.columns if simplify_column(column) == "id"]
        if own and f"{singular}id" in mine and f"{singular}id" not in map(simplify_column, table.columns):
            pairs.append(JoinKey(mine[f"{singular}id"], own[0]))
        named = [pair for pair in pairs if simplify_column(pair.ours) == f"{singular}id"]
        wanted = named or [pair for pair in pairs if not _count_twice(table, pair.theirs)]
        if len(wanted) > 1:
            raise ConfigError(
                f"data.tables: {name} may be tied to the lines by {_join(pair.theirs for pair in wanted)}. "
                f"Say by which: data.keys={{{name}: {wanted[0].theirs}}}."
            )
        return wanted[0] if wanted else None

    def _read_key(self, lines: ir.Table, name: str) -> JoinKey | None:
        """The key that was said; nothing while its column of the lines is still to come."""
        ours, _, theirs = (part.strip() for part in self.keys[name].partition(":"))
        theirs = theirs or ours
        if theirs not in self.tables[name].table.columns:
            raise ConfigError(
                f"data.keys.{name}={self.keys[name]}: {name} has no column '{theirs}'. Found: "
                f"{_join(self.tables[name].table.columns)}."
            )
        return JoinKey(ours, theirs) if ours in lines.columns else None

    def _look_up(
        self, lines: ir.Table, name: str, key: JoinKey, base: str, engine: BaseBackend
    ) -> tuple[ir.Table, str]:
        """The lines with what the table says of each, proved by counts."""
        table = self.tables[name].table
        if twice := _count_twice(table, key.theirs):
            raise DataError(
                f"{self.source}: {twice:,} rows of {name} repeat an id in '{key.theirs}', so lines would be "
                f"multiplied. Expected one row each: keep one, or say another key: data.keys={{{name}: ...}}."
            )
        told = {
            column: _rename(column, name, lines.columns) for column in table.columns if column != key.theirs
        }
        beside = table.select(
            _key=_make_key(table[key.theirs]), **{new: table[column] for column, new in told.items()}
        )
        beside = engine.create_table(ibis.util.gen_name(name), beside, temp=True)
        keyed = lines.mutate(_ours=_make_key(lines[key.ours]))
        joined = keyed.left_join(beside, keyed["_ours"] == beside["_key"])
        whole = engine.create_table(ibis.util.gen_name("joined"), joined, temp=True)
        facts = whole.aggregate(
            rows=whole.count(), lost=whole["_key"].isnull().sum(), met=whole["_key"].nunique()
        )
        found = facts.to_pyarrow().to_pylist()[0]
        rows, lost = int(found["rows"]), int(found["lost"] or 0)
        unmet = int(beside.count().to_pyarrow().as_py()) - int(found["met"])
        if lost > MOST_LOST * rows and "join" not in self.accept:
            raise DataError(
                f"{self.source}: {lost:,} of {rows:,} rows of {base} find no partner in {name} by "
                f"'{key.theirs}'. Do the tables cover the same time? Type data.accept=[join] to go on with "
                + ("the others." if name == "orders" else "these cells empty.")
            )
        fate = "left out" if name == "orders" else "kept with empty cells"
        note = (
            f"Table {name}, by '{key.theirs}': {rows - lost:,} of {rows:,} rows of {base} find their "
            f"partner, {lost:,} do not and are {fate}; none is multiplied; {unmet:,} of {name} have none."
        )
        if name == "orders":
            whole = whole.filter(whole["_key"].notnull())
        return whole.drop("_key", "_ours"), note


def check_tables(tables: object, keys: object) -> None:
    """Refuse what names no table, or a key of none."""
    for setting, said in (("tables", tables), ("keys", keys)):
        if said is not None and not (
            isinstance(said, Mapping) and all(isinstance(one, str) for one in said.values())
        ):
            raise ConfigError(
                f"data.{setting}={said}: expected a name and a text for each table, as in "
                "data.tables={items: items.csv, orders: orders.csv} and data.keys={orders: order_id}."
            )
    known = tables if isinstance(tables, Mapping) else {}
    strange = [name for name in keys or () if name not in known] if isinstance(keys, Mapping) else []
    if strange:
        raise ConfigError(
            f"data.keys.{strange[0]}: data.tables has {', '.join(known) or 'nothing'}, and no such."
        )


def store_table(engine: BaseBackend, raw: RawTable) -> RawTable:
    """A table that stays when its file is closed; a line of it that is no row is refused."""
    if raw.misshapen is not None:
        line = raw.misshapen.iloc[0]
        raise DataError(
            f"data.tables: line {line['line']:,} {line['text']!r} has too few or too many cells. Correct it."
        )
    return replace(raw, table=engine.create_table(ibis.util.gen_name("table"), raw.table, temp=True))


def _count_twice(table: ir.Table, column: str) -> int:
    """How many rows repeat an id that another has."""
    key = _make_key(table[column])
    counts = table.aggregate(rows=key.count(), ids=key.nunique()).to_pyarrow().to_pylist()[0]
    return int(counts["rows"] - counts["ids"])


def _make_key(column: ir.Value) -> ir.StringValue:
    """An id as text without blanks around it, so that 7 of a database meets '7' of a file."""
    return column.cast("string").strip().nullif("")


def _rename(column: str, table: str, taken: Sequence[str]) -> str:
    """Its own name, unless that would be taken for something of the line that it is not."""
    plain = simplify_column(column)
    meant = {
        ours for ours, aliases in COLUMN_ALIASES.items() if plain in aliases or plain == simplify_column(ours)
    }
    told = TOLD_BY.get(table, frozenset())
    clashes = column.lower() in {name.lower() for name in taken}
    return f"{column}_of_{table}" if clashes or meant - told else column


def _join(names: Iterable[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
