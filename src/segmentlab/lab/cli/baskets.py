"""The market basket at the edge: from a log, and segments of somebody, to a page and tables."""

from pathlib import Path
from typing import Final, NamedTuple

import pandas as pd
from omegaconf import DictConfig

from segmentlab.errors import ConfigError, DataError
from segmentlab.flow import Figure, Item, StepTimer, Table, Text, find_together
from segmentlab.goods import BasketLimits, BasketPortrait
from segmentlab.lab.cache import LogCopies
from segmentlab.lab.cli.entry import resume_collector
from segmentlab.lab.cli.progress import show_progress
from segmentlab.lab.cli.screen import make_table, open_console, print_line, print_prose
from segmentlab.lab.cli.terminal import show_reader_notes
from segmentlab.lab.config import Setup, build_data_rules, build_engine, build_source, parse_date
from segmentlab.lab.outputs import check_output_folder
from segmentlab.lab.tracking import (
    check_store_exists,
    find_run,
    open_store,
    read_runs,
    read_segment_customers,
    write_items,
)
from segmentlab.modelling import NOISE
from segmentlab.report import (
    describe_baskets,
    draw_basket_pictures,
    make_parts_table,
    make_rule_table,
    write_baskets_page,
)

TERMINAL_RULES: Final = 10
SEGMENT_COLUMNS: Final = ("segment", "label")


class KnownSegments(NamedTuple):
    """The segment of each customer, by customer id, and the names of segments."""

    labels: pd.Series
    names: dict[int, str]


def find_basket_rules(setup: Setup) -> None:
    """Read, clean, learn; what can be refused is refused before the data is read."""
    config = setup.config
    limits = BasketLimits(
        support=config.support, confidence=config.confidence, false_share=config.false_share
    )
    as_of, copies = parse_date(config.as_of), LogCopies.of(config)
    folder = check_output_folder(Path(config.output))
    source, engine, rules = build_source(config), build_engine(config), build_data_rules(config)
    with show_progress() as narrator:
        steps = StepTimer(narrator.begin)
        known = _read_segments(config)
        resume_collector()
        with steps("data"):
            dataset = copies.read(source, engine)
        show_reader_notes([*dataset.notes, *copies.notes])
        with steps("baskets"):
            found = find_together(dataset, rules, as_of, known.labels, known.names, limits)
        with steps("report"):
            pictures = list(draw_basket_pictures(found))
            page = write_baskets_page(found, dataset.name, as_of, pictures)
            items: list[Item] = [
                Text("baskets.html", page),
                Table("baskets.csv", found.parts),
                Table("basket_rules.csv", found.rules),
                Table("frequent_sets.csv", found.sets),
                *map(Figure, pictures),
            ]
            write_items(items, folder)  # the next look replaces them
    show_baskets(found, folder)


def show_baskets(found: BasketPortrait, folder: Path) -> None:
    """The answer, its first rules, and where the rest is."""
    console = open_console()
    everybody = found.rules[found.rules["segment"].isna()].head(TERMINAL_RULES)
    tables = [make_parts_table(found)]
    if len(everybody):
        tables.append(make_rule_table("Everybody: the first rules", everybody))
    for table in tables:
        console.print(make_table(table.headings, table.rows, title=table.title, left=table.headings[:1]))
    print_prose(describe_baskets(found), console)
    for note in found.notes:
        print_prose(note, console)
    print_line(f"Page and tables: {folder}", console)


def _read_segments(config: DictConfig) -> KnownSegments:
    """Those of a run or of a file; without either, everybody is one."""
    if config.run is not None and config.segments is not None:
        raise ConfigError("run and segments are two ways to say the same: write one of them.")
    if config.run is not None:
        check_store_exists(config.tracking.uri)
        tracker = open_store(config.tracking.uri, config.tracking.experiment, artifacts=None)
        run = find_run(read_runs(tracker, None), config.run, key="run")
        return _name_segments(read_segment_customers(tracker, run), f"run={config.run}")
    if config.segments is not None:
        return _name_segments(_read_segment_file(Path(config.segments)), config.segments)
    return KnownSegments(pd.Series(dtype="int64"), {})


def _read_segment_file(path: Path) -> pd.DataFrame:
    import ibis

    from segmentlab.transactions import read_customers_file

    if not path.is_file():
        raise ConfigError(f"segments={path}: there is no such file. Name one with customer_id and segment.")
    frame: pd.DataFrame = read_customers_file(path, ibis.duckdb.connect()).table.to_pandas()
    return frame


def _name_segments(frame: pd.DataFrame, source: str) -> KnownSegments:
    """Numbers as they are, and words numbered in their order; empty and -1 are no segment."""
    others = [name for name in frame.columns if name != "customer_id"]
    column = next((name for name in (*SEGMENT_COLUMNS, *others[:1]) if name in others), None)
    if column is None:
        raise DataError(f"{source}: there is no column beside the ids. Give customer_id and segment.")
    repeated = frame["customer_id"][frame["customer_id"].duplicated()]
    if len(repeated):
        raise DataError(f"{source}: customer '{repeated.iloc[0]}' is in it twice. Give each one segment.")
    known = frame.set_index("customer_id")[column].dropna()
    numbers = pd.to_numeric(known, errors="coerce")
    if numbers.isna().any() or (numbers % 1 != 0).any():
        codes, words = pd.factorize(known.astype("str"), sort=True)
        labels = pd.Series(codes, index=known.index)
        return KnownSegments(labels, dict(enumerate(map(str, words))))
    labels = numbers.astype("int64")[numbers != NOISE]
    named = (
        frame.set_index("customer_id")["name"].astype("str") if "name" in frame else pd.Series(dtype="str")
    )
    pairs = zip(labels, named.reindex(labels.index), strict=True)
    return KnownSegments(labels, {own: name for own, name in pairs if pd.notna(name)})
