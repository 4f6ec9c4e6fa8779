"""What is new since the last update: files that appeared, or rows beyond the watermark of a table."""

from collections.abc import Iterator
from dataclasses import astuple
from pathlib import Path
from typing import NamedTuple

import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.flow import Delivery
from segmentlab.transactions import Database, File, FileState, Source, compute_content_digest, is_parquet


class NewDelivery(NamedTuple):
    """A delivery and where its lines are; one without a source was there before under another name."""

    delivery: Delivery
    source: File | Database | None
    is_part: bool = False  # whether its file says which lines came together


def check_delivering(source: Source, watermark: str | None) -> None:
    """Refuse what nobody can tell new lines of, before a state is made for it."""
    if isinstance(source, Database):
        if watermark is None or source.table is None:
            raise ConfigError(
                "data=database needs data.table= and watermark=: a column that is larger in every row that "
                "is added, such as a running number. Without one nobody can tell which rows are new."
            )
    elif isinstance(source, File):
        if watermark is not None:
            raise ConfigError(
                "watermark= is of data=database; of a folder those files are new that appeared."
            )
        source.inputs()
    else:
        raise ConfigError("update reads data=file, a folder to which files are added, or data=database.")


def find_new_deliveries(source: Source, known: pd.DataFrame, watermark: str | None) -> Iterator[NewDelivery]:
    """Look what is not among the `known` deliveries, in the order in which it is to be added."""
    if isinstance(source, Database) and watermark is not None:
        yield from _find_new_rows(source, known, watermark)
    if isinstance(source, File):
        yield from _find_new_files(source, known)


def _find_new_files(source: File, known: pd.DataFrame) -> Iterator[NewDelivery]:
    """A file that was not touched since is not opened."""
    by_name = known.set_index("name")
    digests = set(known["digest"])
    root = Path(str(source.path))
    for file, own in source.split().items():
        name = str(file.relative_to(root)) if root.is_dir() else str(file)
        state = FileState.of(file)
        told = repr(astuple(state)) if state.settled else None
        if name in by_name.index and told is not None and by_name.loc[name, "state"] == told:
            continue
        digest = compute_content_digest(file).hex()
        if name in by_name.index and by_name.loc[name, "digest"] != digest:
            raise DataError(
                f"{file} was added before, and has changed since: its old lines are in the sums and can't be "
                "taken out. Deliver what is new as a file of its own, or begin anew with another state=."
            )
        if digest in digests:
            if name not in by_name.index:
                yield NewDelivery(Delivery(name, digest), None)
            continue
        digests.add(digest)
        yield NewDelivery(Delivery(name, digest, state=told), own, is_part=not is_parquet(file))


def _find_new_rows(source: Database, known: pd.DataFrame, column: str) -> Iterator[NewDelivery]:
    """The rows beyond the last watermark. Rows that came in below it would be missed, so they are counted."""
    last = None if known.empty else str(known["mark"].iloc[-1])
    found = source.find_watermark(column, last)
    taken = 0 if known.empty else int(known["state"].iloc[-1])  # more than lines, where rows were set aside
    if found.without:
        raise DataError(
            f"watermark={column}: {found.without:,} rows of {source.table} have none: nobody would read them."
        )
    if last is not None and found.known != taken:
        raise DataError(
            f"{source.table} has {found.known:,} rows up to {column}={last}; it had {taken:,} when they were "
            "added. Some were changed, deleted, or came in below the watermark: choose a column that only "
            "grows, and begin anew with another state=."
        )
    if found.mark is not None and found.mark != last:
        name = f"{source.table} up to {column}={found.mark}"
        yield NewDelivery(
            Delivery(name, name, found.mark, str(found.rows)), source.select_since(column, last, found.mark)
        )
