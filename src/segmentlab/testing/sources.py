"""The laws of a source: what it hands to the flow, whatever it reads."""

from collections.abc import Callable
from typing import Final

import ibis.expr.types as ir

from segmentlab.testing.logs import open_engine
from segmentlab.transactions import (
    FIELDS,
    LINE_TOTAL,
    CustomersOnly,
    Dataset,
    FileSource,
    Source,
    check_values,
)

SourceLaw = Callable[[Source], None]


def read_source(source: Source) -> Dataset | CustomersOnly:
    """What the source reads."""
    return source.read(open_engine())


def check_facts(source: Source) -> None:
    """It says what it is, where it comes from, and by what its content is recognised."""
    found = read_source(source)
    assert isinstance(found, (Dataset, CustomersOnly)), f"it reads {type(found).__name__}"
    for fact in ("name", "source", "digest"):
        assert isinstance(getattr(found, fact), str), f"its {fact} is no text"
        assert getattr(found, fact), f"its {fact} is empty"
    assert all(isinstance(note, str) and note for note in found.notes), "a note is no sentence"


def check_canonical_columns(source: Source) -> None:
    """Columns of the canonical table have its types, and every table says whom its rows are about."""
    for name, table in read_source(source).tables.items():
        assert "customer_id" in table.columns, f"{name} has no customer_id"
        for field in (*FIELDS, LINE_TOTAL):
            if name == "transactions" and field.name in table.columns:
                dtype = table[field.name].type().copy(nullable=True)
                same = dtype.is_timestamp() if field.dtype.is_timestamp() else dtype == field.dtype
                assert same, f"{field.name} is {dtype}, not {field.dtype}"
        assert table["customer_id"].type().is_string(), f"customer_id of {name} is no text"
    required = {field.name for field in FIELDS if field.required}
    for lines in _list_transactions(source):
        assert required <= set(lines.columns), f"there is no {required - set(lines.columns)}"


def check_sound_values(source: Source) -> None:
    """There are rows, and no line lacks a number or a date that every line needs."""
    for lines in _list_transactions(source):
        check_values(lines, "the source")
    for name, table in read_source(source).tables.items():
        assert table.count().to_pyarrow().as_py() > 0, f"{name} has no rows"


def check_read_again(source: Source) -> None:
    """Read twice it is the same, by its digest and row by row."""
    one, other = read_source(source), read_source(source)
    assert one.digest == other.digest, "the digest changes from reading to reading"
    for name, table in one.tables.items():
        columns = list(table.columns)
        first, second = (
            found.tables[name].to_pandas().sort_values(columns, ignore_index=True) for found in (one, other)
        )
        assert first.equals(second), f"{name} changes from reading to reading"


def check_files(source: Source) -> None:
    """A source of files names them, so that what follows from them may be kept while they stay the same."""
    read_source(source)
    files = source.inputs() if isinstance(source, FileSource) else None
    if files is not None:
        assert files, "it names no file"
        assert all(path.is_file() for path in files), "it names a file that is not there"


def check_truth_is_apart(source: Source) -> None:
    """A segment that is known beforehand travels beside the tables: no model may see it."""
    found = read_source(source)
    if found.truth is None:
        return
    assert found.truth.index.is_unique, "the truth has a customer twice"
    values = set(found.truth.astype(str))
    for name, table in found.tables.items():
        for column in table.columns:
            if table[column].type().is_string() and column != "customer_id":
                seen = set(table[column].to_pandas().dropna())
                assert seen != values, f"column {column} of {name} holds the truth"


def _list_transactions(source: Source) -> list[ir.Table]:
    tables = read_source(source).tables
    return [tables["transactions"]] if "transactions" in tables else []


SOURCE_LAWS: Final[tuple[SourceLaw, ...]] = (
    check_facts,
    check_canonical_columns,
    check_sound_values,
    check_read_again,
    check_files,
    check_truth_is_apart,
)
