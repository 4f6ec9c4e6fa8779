"""What is kept of a log from delivery to delivery: sums in a DuckDB file, to which new lines are added.

A delivery is there as a whole or not at all, and once. What follows from several of them, such as a row for
each customer, is brought up to date for those whom new lines concern, and for nobody else.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import duckdb
import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError, DataError, StoreError
from segmentlab.flow.kept_people import (
    BUCKET,
    add_buckets,
    describe_people,
    list_kept_days,
    list_touched,
    mark_buckets,
    sum_kept_money,
)
from segmentlab.segments import sum_known_money
from segmentlab.transactions import (
    LEFT_AT_COLUMN,
    CleaningRule,
    Engine,
    Overlap,
    book_sums,
    cut_sums,
    drop_copies,
    list_kept_rules,
    select_line_rules,
    sum_fates_by_day,
    sum_money,
)

VERSION: Final = 1  # of the tables; a file of another one is refused
KEPT: Final = "kept"  # how the file is called where it is attached
PART: Final = "part"  # the column that says which lines came together
MAKE_TABLES: Final = """
create table if not exists kept.facts (name varchar primary key, value varchar not null);
create table if not exists kept.deliveries (
    number integer primary key, name varchar not null, digest varchar not null, mark varchar, state varchar,
    lines bigint not null, first timestamp not null, last timestamp not null);
create table if not exists kept.pending (customer_id varchar, bucket varchar);
"""


@dataclass(frozen=True)
class Delivery:
    """Lines that came together: which they are, and until where they reach.

    Attributes:
        name: How a person calls it: the name of a file.
        digest: What it is known by: the same digest is the same delivery.
        mark: The highest watermark in it, of a table that has one.
        state: What shows whether its file was touched since; of a table the rows that it had.
    """

    name: str
    digest: str
    mark: str | None = None
    state: str | None = None


class KeptLog:
    """The sums of all deliveries until now, in a file of one writer.

    Where rules of cleaning look at lines one by one, a line is forgotten as soon as it is in the sums. Where
    they compare lines, the lines are kept as well, and all lines of a customer are compared anew when one of
    them is new: so a cancellation finds its purchase, however long ago that was.
    """

    def __init__(self, engine: Engine, path: Path, rules: Mapping[str, CleaningRule]) -> None:
        self.engine = engine.connect()
        self.path = path
        self.given = dict(rules)
        path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not path.exists()
        try:
            self._execute(f"attach '{str(path).replace(chr(39), 2 * chr(39))}' as {KEPT}")
            with self._transaction():
                self._execute(MAKE_TABLES)
        except duckdb.Error as error:
            reason = str(error).splitlines()[0].rstrip(".")
            raise StoreError(
                f"state={path} can't be used: {reason}. Look whether another update has it, whether it can "
                "be written to and whether it is such a file; or begin anew with another state=."
            ) from error
        if is_new:
            path.chmod(0o600)  # customers stand in it
        self._check_facts({"version": str(VERSION), "rules": _digest_rules(rules)})

    # What has come until now.

    @property
    def deliveries(self) -> pd.DataFrame:
        """All deliveries, in the order in which they came."""
        frame: pd.DataFrame = self._table("deliveries").order_by("number").to_pandas()
        return frame

    @property
    def last(self) -> datetime:
        """The moment of the last line."""
        last: datetime | None = self._table("deliveries")["last"].max().to_pyarrow().as_py()
        if last is None:
            raise DataError(f"state={self.path} has no line yet, so there is nobody to place.")
        return last

    def find_day(self, as_of: date | None) -> date:
        """The day as of which customers are placed: the day after the last line, unless it is said."""
        return as_of or self.last.date() + timedelta(days=1)

    # Lines that are new.

    def add(self, delivery: Delivery, lines: ir.Table, *, is_part: bool = False) -> int:
        """Add the lines of a delivery, in one transaction, and tell how many there are.

        `is_part` says that its file is a part of the log, as files of text in a folder are.
        """
        lines = self._name_part(lines, delivery.name if is_part else None)
        self._check_facts({"columns": json.dumps({name: str(kind) for name, kind in lines.schema().items()})})
        if "invoice_id" not in lines.columns:
            raise DataError(f"{delivery.name} has no column invoice_id, and sums are kept by invoice.")
        rules = list_kept_rules(lines, self.given)
        compares = select_line_rules(rules) is None
        content = mark_buckets(lines) if compares else sum_fates_by_day(lines, rules)
        staged = self._stage(content)
        touched = self._stage(list_touched(staged, compares=compares))
        told = lines.aggregate(
            rows=lines.count(), first=lines["timestamp"].min(), last=lines["timestamp"].max()
        )
        found = told.to_pyarrow().to_pylist()[0]
        number = 1 + (self._table("deliveries")["number"].max().to_pyarrow().as_py() or 0)
        target = "lines" if compares else "sums"
        with self._transaction():
            self._keep_facts(lines, rules, compares=compares)
            self._append(target, staged)
            self._append("pending", touched)
            self.engine.con.execute(
                "insert into kept.deliveries values (?, ?, ?, ?, ?, ?, ?, ?)",
                [number, *vars(delivery).values(), found["rows"], found["first"], found["last"]],
            )
        self._drop(staged, touched)
        return int(found["rows"])

    def _name_part(self, lines: ir.Table, part: str | None) -> ir.Table:
        """The lines with the part of the log that they are of, where a rule asks for it."""
        asks = any(isinstance(rule, Overlap) for rule in self.given.values())
        if not asks or PART in lines.columns:
            return lines
        if part is None:
            raise DataError(
                "A rule of the model's cleaning looks for sales that several files report by the order of "
                "all lines, and this data has no column 'part' that says which came together. Score it with "
                "score.py, or make a model with ~cleaning.overlap."
            )
        return lines.mutate(**{PART: ibis.literal(part)})

    def settle(self) -> None:
        """Bring up to date what follows from the lines, for the customers whom new ones concern."""
        pending = self._table("pending")
        if not pending.limit(1).count().to_pyarrow().as_py():
            return
        staged = {}
        if self.compares:
            buckets = pending.select(**{BUCKET: pending["bucket"]}).distinct()
            read = self._stage(self._table("lines").semi_join(buckets, BUCKET))
            own = read.drop(BUCKET)
            staged["sums"] = self._stage(add_buckets(sum_fates_by_day(own, list_kept_rules(own, self.given))))
            as_read = drop_copies(own, self.given)
            money = sum_known_money(as_read.group_by("customer_id").aggregate(**sum_money(as_read)))
            sums = staged["sums"].drop(BUCKET)
        else:
            sums = read = self._stage(self._table("sums").semi_join(pending, "customer_id"))
            money = sum_kept_money(sums)
        staged["people"] = self._stage(describe_people(sums, money))
        with self._transaction():
            for name, found in staged.items():
                if self._has(name):
                    key, theirs = (BUCKET, "bucket") if name == "sums" else ("customer_id", "customer_id")
                    self._execute(
                        f"delete from kept.{name} where {key} in (select {theirs} from kept.pending)"  # noqa: S608
                    )
                self._append(name, found)
            self._execute("delete from kept.pending")
        self._drop(*staged.values(), read)

    # What follows from them.

    @property
    def compares(self) -> bool:
        """Whether a rule of cleaning compares lines."""
        return self._read_fact("compares") == "true"

    def find_people(self, as_of: date) -> ir.Table:
        """A row for each customer of whom a line stays, with sums that do not depend on today."""
        if as_of > self.last.date():
            return self._table("people")
        sums = self._cut(as_of)
        known = sums.filter(sums["day"] < ibis.date(as_of.isoformat()))
        return describe_people(sums, sum_kept_money(known))

    def find_days(self, as_of: date) -> ir.Table:
        """What each day of each customer came to, as `list_days` has it."""
        sums = self._cut(as_of)
        return list_kept_days(sums.filter(sums[LEFT_AT_COLUMN].isnull()))

    def make_ledger(self, as_of: date | None) -> pd.DataFrame:
        """What each rule took of all lines until now, and what was kept; `settle` comes before."""
        names = json.loads(self._read_fact("names") or "[]")
        is_today = as_of is None or as_of > self.last.date()
        people = self._table("people") if is_today and self._has("people") else None
        return book_sums(self._cut(as_of), names, as_of, people)

    def _cut(self, as_of: date | None) -> ir.Table:
        """The sums as of a day. Where lines were compared with later ones, none may be taken away."""
        if self.compares and as_of is not None and as_of <= self.last.date():
            raise ConfigError(
                f"as_of={as_of} is before the last line, {self.last:%Y-%m-%d}, and a rule of the model's "
                "cleaning compares lines with later ones. Leave as_of out, or score that day with score.py."
            )
        names = json.loads(self._read_fact("names") or "[]")
        return cut_sums(self._table("sums"), names, as_of)

    # Where centres have gone.

    def read_centres(self, model: str) -> tuple[int, list[list[float]]] | None:
        """After how many deliveries a model's centres were moved last, and to where; nothing if never."""
        found = self._read_fact(f"centres {model}")
        if found is None:
            return None
        told = json.loads(found)
        return told["deliveries"], told["centres"]

    def keep_centres(self, model: str, centres: list[list[float]]) -> None:
        """Keep where they are after all deliveries until now."""
        told = json.dumps({"deliveries": len(self.deliveries), "centres": centres})
        self.engine.con.execute("insert or replace into kept.facts values (?, ?)", [f"centres {model}", told])

    # The file.

    def _check_facts(self, facts: Mapping[str, str]) -> None:
        """Refuse what does not go with what is kept: sums of two kinds would be neither."""
        for name, value in facts.items():
            known = self._read_fact(name)
            if known is not None and known != value:
                raise DataError(f"state={self.path} {EXPLAIN[name]} Begin anew with another state=.")

    def _keep_facts(self, lines: ir.Table, rules: Mapping[str, CleaningRule], *, compares: bool) -> None:
        columns = {name: str(kind) for name, kind in lines.schema().items()}
        facts = {
            "version": str(VERSION),
            "rules": _digest_rules(self.given),
            "columns": json.dumps(columns),
            "names": json.dumps(list(rules)),
            "compares": json.dumps(compares),
        }
        for fact in facts.items():
            self.engine.con.execute("insert or ignore into kept.facts values (?, ?)", list(fact))

    def _read_fact(self, name: str) -> str | None:
        found = self.engine.con.execute("select value from kept.facts where name = ?", [name]).fetchone()
        return None if found is None else str(found[0])

    def _table(self, name: str) -> ir.Table:
        return self.engine.table(name, database=(KEPT, "main"))

    def _has(self, name: str) -> bool:
        return name in self.engine.list_tables(database=(KEPT, "main"))

    def _append(self, name: str, rows: ir.Table) -> None:
        self._execute(
            f"create table if not exists kept.{name} as select * from {rows.get_name()} limit 0"  # noqa: S608
        )
        self._execute(f"insert into kept.{name} by name select * from {rows.get_name()}")  # noqa: S608

    def _stage(self, content: ir.Table) -> ir.Table:
        """The rows, computed before anything is written."""
        return self.engine.create_table(ibis.util.gen_name("staged"), content, temp=True)

    def _drop(self, *staged: ir.Table) -> None:
        for table in staged:
            self._execute(f"drop table {table.get_name()}")

    def _execute(self, statement: str) -> None:
        self.engine.con.execute(statement)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        """All that the block does, or nothing of it."""
        self._execute("begin transaction")
        try:
            yield
        except BaseException:
            self._execute("rollback")
            raise
        self._execute("commit")


EXPLAIN: Final = {
    "version": "was kept by another version of SegmentLab.",
    "rules": "was kept under other rules of cleaning than this model's.",
    "columns": "has lines with other columns, or of other types, than those that are new.",
}


def _digest_rules(rules: Mapping[str, CleaningRule]) -> str:
    return hashlib.sha256(repr(dict(rules)).encode()).hexdigest()
