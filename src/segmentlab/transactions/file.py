"""Transactions of the user's own, in whichever form: the content of the file picks the reader."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.customers import check_exists, describe_never_bought, read_customers_file
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.sources.convert import ConvertedTransactions, LogChoices, convert_transactions
from segmentlab.transactions.sources.digests import compute_content_digest
from segmentlab.transactions.sources.layout import TextChoices
from segmentlab.transactions.sources.raw import RawTable, is_duckdb, move_to_engine
from segmentlab.transactions.sources.readers import is_parquet, list_parquet_files, read_source

# Who counts as one customer: an id, or an id in each country, shop or whatever else the lines tell.


UNKNOWN_PART = "?"


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
    """A file or folder of transactions, and what the user says about it; the rest is found and stated.

    `columns` maps our names to those of the file; `names` names the columns of a file without a header.
    `customers` is a second file with what is known of the customers. With `customer_by=["country"]` a
    customer is one id in one country; any columns of ours will do.
    """

    path: str
    columns: Mapping[str, str | None] = field(default_factory=dict)
    names: Sequence[str] | None = None
    dates: str | None = None
    decimal: str = "."
    invoice: str = "timestamp"
    on_bad_rows: str = "error"
    layout: str | None = None
    encoding: str | None = None
    separator: str | None = None
    sheets: Sequence[str] | None = None
    customers: str | None = None
    customer_by: Sequence[str] = ()
    accept: Sequence[str] = ()

    def read(self, engine: BaseBackend) -> Dataset:
        """Find out what the file is, and land it on the engine."""
        path = self._check_path()
        landed = self._land(path, engine if is_duckdb(engine) or is_parquet(path) else ibis.duckdb.connect())
        dataset = Dataset(
            name=path.name.split(".")[0],
            source=self.path,
            digest=self._compute_digest(),
            transactions=move_to_engine(combine_customer_key(landed.table, self.customer_by), engine),
            notes=landed.notes,
            quarantine=landed.quarantine,
            accept=tuple(self.accept),
        )
        return dataset if self.customers is None else self._add_customers(dataset, self.customers, engine)

    def _add_customers(self, dataset: Dataset, path: str, engine: BaseBackend) -> Dataset:
        """Beside its transactions, what is known of their customers."""
        customers = read_customers_file(Path(path), engine, self.columns.get("customer_id"))
        strangers = describe_never_bought(customers.table, dataset.transactions)
        notes = (*dataset.notes, *customers.notes, *strangers)
        return replace(dataset, customers=customers.table, notes=notes)

    def inputs(self) -> list[Path]:
        """The file, or those of the folder, and that of the customers."""
        path = self._check_path()
        lines = list_parquet_files(path) if path.is_dir() else [path]
        return lines if self.customers is None else [*lines, check_exists(Path(self.customers))]

    def _check_path(self) -> Path:
        path = Path(self.path)
        if not path.exists():
            raise DataError(f"{path}: no such file or folder. Point data.path at your transactions.")
        return path

    def _land(self, path: Path, engine: BaseBackend) -> ConvertedTransactions:
        choices = LogChoices.of(self)

        def use(raw: RawTable) -> ConvertedTransactions:
            return convert_transactions(raw, choices, engine, self.path)

        form = TextChoices(self.names or (), self.separator, self.encoding)
        return read_source(path, form, self.sheets, engine, use)

    def _compute_digest(self) -> str:
        """The content decides, not the name; a log that is read in another way is another dataset too."""
        whole = hashlib.sha256()
        for part in self.inputs():
            whole.update(compute_content_digest(part))
        said = {name: value for name, value in vars(self).items() if name not in ("path", "customers")}
        del said["accept"]  # what somebody looked at does not change what is read
        for name in ("customer_by", "layout"):  # a digest outlives versions: what is new and not used
            if not said[name]:  # leaves it as it was
                del said[name]
        whole.update(repr(said).encode())
        return whole.hexdigest()
