"""Transactions of the user's own, in whichever form: the content of the file picks the reader."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError
from segmentlab.transactions.customers import check_exists, match_customers, read_customers_file
from segmentlab.transactions.dataset import Dataset, Form
from segmentlab.transactions.exports.layout import list_own_layouts
from segmentlab.transactions.sources.columns import BESIDE_ALIASES, DECLINED
from segmentlab.transactions.sources.convert import ConvertedTransactions, LogChoices, convert_transactions
from segmentlab.transactions.sources.digests import compute_content_digest
from segmentlab.transactions.sources.layout import TextChoices
from segmentlab.transactions.sources.location import Location, find_location
from segmentlab.transactions.sources.raw import RawTable, is_duckdb, move_to_engine
from segmentlab.transactions.sources.readers import find_form, read_source
from segmentlab.transactions.sources.stack import PartStore
from segmentlab.transactions.sources.tables import TableSet, check_tables, store_table

# Who counts as one customer: an id, or an id in each country, shop or whatever else the lines tell.


UNKNOWN_PART = "?"
LISTS = ("names", "sheets", "customer_by", "not_sold", "accept")  # whose letters a text would be taken for
LATER_CHOICES = (
    "customer_by",
    "export",
    "tables",
    "keys",
    "zone",
    "currency",
    "signs",
    "id_width",
    "discount",
    "not_sold",
)


def combine_customer_key(lines: ir.Table, columns: Sequence[str]) -> ir.Table:
    """The lines with ids such as `12370 / Cyprus`; a line without a customer still has none."""
    missing = [name for name in columns if name not in lines.columns]
    if missing:
        raise ConfigError(
            f"data.customer_by names {', '.join(missing)}, which the data does not have. Its columns are "
            f"{', '.join(lines.columns)}."
        )
    key = lines["customer_id"]
    for name in columns:
        key = key + " / " + lines[name].cast("string").fill_null(UNKNOWN_PART)
    return lines.mutate(customer_id=key) if columns else lines


@dataclass(frozen=True, kw_only=True)
class File:
    """A file, a folder or a pattern, and what the user says about it; the rest is found and stated.

    `columns` maps our names to those of the file; `names` names the columns of a file without a header.
    `customers` is a second file with what is known of the customers. With `customer_by=["country"]` a
    customer is one id in one country; any columns of ours will do. Instead of a `path` there may be several
    `tables`: the items, and what is looked up beside them by `keys` that are found or said.
    """

    path: str | None = None
    tables: Mapping[str, str] | None = None
    keys: Mapping[str, str] | None = None
    columns: Mapping[str, str | None] = field(default_factory=dict)
    names: Sequence[str] | None = None
    dates: str | None = None
    decimal: str | None = None
    invoice: str = "timestamp"
    on_bad_rows: str = "error"
    export: str | None = None
    zone: str | None = None
    currency: Mapping[str, float] | str | None = None
    signs: Mapping[str, float] | None = None
    id_width: int | None = None
    discount: str | None = None
    not_sold: Sequence[str] = ()
    encoding: str | None = None
    separator: str | None = None
    sheets: Sequence[str] | None = None
    customers: str | None = None
    customer_by: Sequence[str] = ()
    accept: Sequence[str] = ()

    def __post_init__(self) -> None:
        if self.path is None and not self.tables:
            raise ConfigError(
                "data.path has no default: add data.path=... to the command. Several tables, instead of it: "
                "data.tables={items: items.csv, orders: orders.csv}."
            )
        if self.path is not None and self.tables:
            raise ConfigError("data=file reads data.path or data.tables, not both: leave out one of them.")
        check_tables(self.tables, self.keys)
        for name in LISTS:
            if isinstance(getattr(self, name), str):
                typed = getattr(self, name)
                raise ConfigError(
                    f"data.{name}={typed} is a text; expected a list, as in data.{name}=[{typed}]."
                )

    def read(self, engine: BaseBackend, parts: PartStore | None = None) -> Dataset:
        """Find out what the file is, and land it on the engine; `parts` are files that were read before."""
        places = self._find_locations()
        is_here = is_duckdb(engine) or self._is_plain_parquet(places)
        landed = self._land(places, engine if is_here else ibis.duckdb.connect(), parts)
        dataset = Dataset(
            name=places[0].path.name.split(".")[0],
            source=self._source,
            digest=self._compute_digest(landed.own_layout),
            transactions=move_to_engine(combine_customer_key(landed.table, self.customer_by), engine),
            notes=landed.notes,
            quarantine=landed.quarantine,
            accept=landed.accept,
            sums=landed.sums,
        )
        return dataset if self.customers is None else self._add_customers(dataset, self.customers, engine)

    def _add_customers(self, dataset: Dataset, path: str, engine: BaseBackend) -> Dataset:
        """Beside its transactions, what is known of their customers."""
        customers = read_customers_file(path, engine, self.columns.get("customer_id"), self.id_width)
        matched = match_customers(customers.table, dataset.transactions, path)
        notes = (*dataset.notes, *customers.notes, *matched)
        return replace(dataset, customers=customers.table, notes=notes)

    def inputs(self) -> list[Path]:
        """The file, or those of the folder, that of the customers, and layouts of the user's own."""
        return [*self._list_files(), *list_own_layouts()]

    def split(self) -> dict[Path, "File"]:
        """Its files, each as a source of its own, in the order of their names."""
        if self.tables or self.path is None:
            raise ConfigError(
                "Several tables are lines only together: name a file or a folder of lines with data.path=."
            )
        place = find_location(self.path)
        if place.deciding:
            raise ConfigError(
                f"{self.path}: its log says which files count, and may take one away again. Name a folder to "
                "which files are only added."
            )
        return {file: replace(self, path=str(file), customers=None) for file in place.files}

    def find_form(self) -> Form:
        """That of the slowest of its tables."""
        forms = {find_form(place) for place in self._find_locations()}
        return next(form for form in ("slow", "text", "columns") if form in forms)

    def _list_files(self) -> list[Path]:
        lines = [part for place in self._find_locations() for part in (*place.deciding, *place.files)]
        return lines if self.customers is None else [*lines, check_exists(self.customers)]

    @property
    def _source(self) -> str:
        return self.path or ", ".join((self.tables or {}).values())

    def _find_locations(self) -> list[Location]:
        """The one that was named, or those of the tables."""
        if self.path is not None:
            return [find_location(self.path)]
        return [find_location(path, f"data.tables.{name}") for name, path in (self.tables or {}).items()]

    def _land(
        self, places: Sequence[Location], engine: BaseBackend, parts: PartStore | None
    ) -> ConvertedTransactions:
        choices = LogChoices.of(self)
        form = TextChoices(self.names or (), self.separator, self.encoding, self.export)

        def use(raw: RawTable) -> ConvertedTransactions:
            return convert_transactions(raw, choices, engine, self._source)

        if not self.tables:
            return read_source(places[0], form, self.sheets, engine, use, parts)
        store = partial(store_table, engine)
        tables = {
            name: read_source(place, form, self.sheets, engine, store, parts)
            for name, place in zip(self.tables, places, strict=True)
        }
        return use(TableSet(tables, self.keys or {}, self.accept, self._source).join(engine))

    def _is_plain_parquet(self, places: Sequence[Location]) -> bool:
        """Whether any engine reads it alike; zones and times of day are DuckDB's."""
        has_time = self.columns.get("time") not in (None, DECLINED)
        return not self.tables and places[0].is_parquet and self.zone is None and not has_time

    def _compute_digest(self, own_layout: str) -> str:
        """The content decides, not the name; a log that is read in another way is another dataset too."""
        whole = hashlib.sha256()
        for part in self._list_files():
            whole.update(compute_content_digest(part))
        said = {name: value for name, value in vars(self).items() if name not in ("path", "customers")}
        said["columns"] = {
            name: column for name, column in self.columns.items() if column or name not in BESIDE_ALIASES
        }
        del said["accept"]  # what somebody looked at does not change what is read
        said["tables"] = list(self.tables or ())
        for name in LATER_CHOICES:  # a digest outlives versions: what is new and not used leaves it as it was
            if not said[name]:
                del said[name]
        said["decimal"] = self.decimal or "."
        whole.update((repr(said) + own_layout).encode())
        return whole.hexdigest()
