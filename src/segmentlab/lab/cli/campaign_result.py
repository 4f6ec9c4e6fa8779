"""What became of a campaign that is over, and comparisons where nobody drew by chance."""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Final

import pandas as pd
from omegaconf import DictConfig
from rich.console import Console

from segmentlab.campaigns import (
    REASONS_FOR_DOUBT,
    CampaignResult,
    ObservedComparison,
    measure_campaign,
)
from segmentlab.errors import ConfigError
from segmentlab.flow import StepTimer, Takers, compare_observed, gather_outcomes
from segmentlab.lab.campaign_history import CampaignHistory, KnownCampaign
from segmentlab.lab.cli.campaign_data import open_campaign_shop
from segmentlab.lab.cli.progress import show_progress
from segmentlab.lab.cli.screen import make_table, open_console, print_line, print_prose
from segmentlab.lab.config import parse_date
from segmentlab.lab.outputs import write_private_files
from segmentlab.report import (
    OBSERVATIONAL,
    OBSERVED_GROUPS,
    ReportTable,
    describe_choice,
    make_earnings_table,
    make_uplift_table,
    write_observed_page,
    write_result_page,
)
from segmentlab.transactions import find_last_day

LEFT_COLUMNS: Final = ("Part", "Of", "Claim")


def measure_known_campaign(config: DictConfig) -> None:
    """Compare the groups that the history remembers, in the days that the plan fixed."""
    as_of, history = parse_date(config.as_of), CampaignHistory(config.history)
    known = history.read(config.measure)
    facts = known.facts
    start, end = (date.fromisoformat(facts[key]) for key in ("start", "end"))
    _refuse_early(config.measure, as_of, end)
    with show_progress() as narrator:
        steps = StepTimer(narrator.begin)
        # The plan's own model: whoever is champion now may clean in another way.
        shop = open_campaign_shop(config, facts["model"], as_of, tuple(config.accept), steps)
        reaches = find_last_day(shop.dataset.transactions) + timedelta(days=1)
        if as_of is None:
            _refuse_early(config.measure, reaches, end)
        with steps("measure"):
            ids = pd.Index(known.people["customer_id"])
            outcomes = gather_outcomes(shop.recipe, shop.dataset, ids, start, end)
            contacted = None if config.contacted is None else shop.read_ids(config.contacted)
            result = measure_campaign(
                known.people,
                outcomes["during"],
                outcomes["before"],
                cap=facts["cap"],
                cost=facts["cost"],
                margin=facts["margin"],
                contacted=contacted,
            )
        notes = _list_notes(known, reaches, end)
        with steps("tables"):
            folder = Path(config.output) / config.measure
            subtitle = " ".join([f"{start} to {end}, goal {facts['goal']['name']}.", *notes])
            write_private_files(
                folder,
                {
                    "uplift.csv": result.uplift.round(6),
                    "before.csv": result.before.round(6),
                    "earnings.csv": result.earnings.round(6),
                    "result.json": _write_result(result, notes),
                    "result.html": write_result_page(config.measure, subtitle, result),
                },
            )
    show_result(config.measure, result, notes, folder)


def show_result(
    name: str, result: CampaignResult, notes: Sequence[str], folder: Path, console: Console | None = None
) -> None:
    """What it brought and earned, and what speaks against believing it."""
    console = console or open_console()
    _show_tables([make_uplift_table(result.uplift), make_earnings_table(result)], console)
    for text in (*notes, *result.notes, describe_choice(result.choice)):
        print_prose(text, console)
    print_line(f"Campaign {name}: {result.answer}", console, bold=True)
    print_line(f"Page and tables: {folder}", console)


def compare_campaign(config: DictConfig) -> None:
    """Compare who took something with others, and say with every figure that nobody was drawn."""
    as_of, since = parse_date(config.as_of), parse_date(config.since)
    if since is None:
        raise ConfigError(f"compare={config.compare} needs since=, the day from which they took it.")
    end = since + timedelta(days=config.days)
    _refuse_early(config.compare, as_of, end)
    with show_progress() as narrator:
        steps = StepTimer(narrator.begin)
        shop = open_campaign_shop(config, config.model_uri, as_of, tuple(config.accept), steps)
        if as_of is None:
            _refuse_early(config.compare, find_last_day(shop.dataset.transactions) + timedelta(days=1), end)
        takers = Takers(pd.Index(shop.read_takers(config.compare)), since, config.days, config.per)
        found = compare_observed(shop.recipe, shop.scorer, shop.dataset, takers, steps)
        folder = Path(config.output) / f"observed_{Path(config.compare).stem}"
        with steps("tables"):
            subtitle = f"{config.compare}: {len(takers.ids):,} customers, {since} to {end}."
            page = write_observed_page(
                subtitle, found.answer, found.uplift, found.placebo, found.balance, found.notes
            )
            tables = {"observed": found.uplift, "placebo": found.placebo, "balance": found.balance}
            written = {f"{name}.csv": table.round(6) for name, table in tables.items()}
            write_private_files(folder, {**written, "observed.html": page})
    _show_observed(found, folder)


def _show_observed(found: ObservedComparison, folder: Path, console: Console | None = None) -> None:
    console = console or open_console()
    titles = {f"{OBSERVATIONAL}; per person": found.uplift, f"{OBSERVATIONAL}; before": found.placebo}
    _show_tables(
        [make_uplift_table(table, title, OBSERVED_GROUPS) for title, table in titles.items()], console
    )
    for text in (*REASONS_FOR_DOUBT, *found.notes):
        print_prose(text, console)
    print_line(found.answer, console, bold=True)
    print_line(f"Page and tables: {folder}", console)


def _show_tables(tables: Sequence[ReportTable], console: Console) -> None:
    for table in tables:
        console.print(make_table(table.headings, table.rows, title=table.title, left=LEFT_COLUMNS))


def _refuse_early(name: str, day: date | None, end: date) -> None:
    """Nobody looks before the end: who looks early and often finds what chance has made."""
    if day is not None and day < end:
        raise ConfigError(
            f"{name} ends on {end}, and what is read ends on {day}. Wait, and read a log that reaches that "
            "day; as_of= says that one is complete until a day on which nobody bought."
        )


def _list_notes(known: KnownCampaign, reaches: date, end: date) -> list[str]:
    planned = known.facts["contacts"] + known.facts["controls"]
    notes = []
    if reaches < end:
        notes.append(f"The last line is of {reaches - timedelta(days=1)}, and the campaign ended on {end}.")
    if len(known.people) < planned:
        notes.append(f"{planned - len(known.people):,} of the {planned:,} people were forgotten since.")
    return notes


def _write_result(result: CampaignResult, notes: Sequence[str]) -> str:
    row = result.find_row()
    figures = {key: round(float(row[key]), 6) for key in ("difference", "low", "high", "contact", "control")}
    told = {
        "answer": result.answer,
        "capped_spend": figures,
        "choice": {key: round(value, 6) for key, value in result.choice.items()},
        "notes": [*notes, *result.notes],
    }
    return json.dumps(told, indent=1) + "\n"
