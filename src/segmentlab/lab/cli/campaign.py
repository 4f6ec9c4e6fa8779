"""Campaigns at the edge: a plan with its lists, or what became of one."""

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import pandas as pd
from omegaconf import DictConfig
from rich.console import Console

from segmentlab.campaigns import (
    CampaignPlan,
    assign_channels,
    join_products,
    list_contacts,
    plan_campaign,
)
from segmentlab.errors import ConfigError
from segmentlab.flow import StepTimer, look_at_goal
from segmentlab.lab.campaign_history import CampaignHistory
from segmentlab.lab.cli.campaign_data import CampaignShop, open_campaign_shop
from segmentlab.lab.cli.campaign_result import compare_campaign, measure_known_campaign
from segmentlab.lab.cli.journal import note_facts
from segmentlab.lab.cli.progress import show_progress
from segmentlab.lab.cli.screen import make_table, open_console, print_line, print_prose
from segmentlab.lab.config import Setup, build_campaign_rules, parse_date
from segmentlab.lab.outputs import check_output_folder, write_private_files
from segmentlab.lab.tracking import check_store_exists, read_recommendations
from segmentlab.report import describe_left_out, describe_power, make_plan_table, write_plan_page
from segmentlab.transactions import check_accept

PLAN_FILE: Final = "plan.json"


def run_campaign(setup: Setup) -> None:
    """Plan a campaign, measure one, or compare without chance: by which name is given."""
    config = setup.config
    jobs = {"name": plan_known_campaign, "measure": measure_known_campaign, "compare": compare_campaign}
    asked = [key for key in jobs if config[key] is not None]
    if len(asked) != 1:
        raise ConfigError(
            "Say what is to be done, and one thing alone: name=spring budget=500 plans a campaign, "
            "measure=spring says what it brought, compare=takers.csv since=2011-06-01 compares without "
            "chance."
        )
    check_accept(config.accept)
    check_store_exists(config.tracking.uri)
    jobs[asked[0]](config)


def plan_known_campaign(config: DictConfig) -> None:
    """Choose, draw, remember, write. What can be refused is refused before anything is computed.

    The history comes before the lists. A command that is killed between the two gives the same when it is
    made again: the same plan once more is no other campaign.
    """
    rules, as_of, history = (
        build_campaign_rules(config),
        parse_date(config.as_of),
        CampaignHistory(config.history),
    )
    folder = check_output_folder(Path(config.output)) / rules.name
    if config.channel_column is None:
        assign_channels(pd.Series([], dtype="str"), rules.channels, None)  # refuses two without a column
    with show_progress() as narrator:
        steps = StepTimer(narrator.begin)
        shop = open_campaign_shop(config, config.model_uri, as_of, tuple(config.accept), steps)
        note_facts(run=shop.model.run_id)
        view = look_at_goal(shop.recipe, shop.scorer, shop.dataset, as_of, rules.goal, rules.days, steps)
        with steps("plan"):
            channels, unknown = assign_channels(
                view.people["customer_id"], rules.channels, _read_channels(shop, config.channel_column)
            )
            taken = history.find_taken(rules.name, view.start, view.start + timedelta(days=rules.days))
            plan = plan_campaign(
                rules,
                view.people.assign(channel=channels),
                view.rehearsal,
                view.start,
                pd.Index(taken["customer_id"]),
            )
            facts = plan.tell(model=shop.model.address)
            history.refuse_other(facts)
            _refuse_other_plan(folder, facts)
            recommended = read_recommendations(shop.tracker, shop.model.run_id)
        with steps("remember"):
            is_new = history.keep(plan, facts)
        with steps("lists"):
            people = join_products(plan.people, recommended)
            notes = [
                *view.notes,
                *_list_notes(plan, taken, unknown, recommended is not None),
            ]
            write_private_files(folder, _make_files(plan, facts, people, notes))
    show_plan(
        plan, [*notes, *([] if is_new else ["It was planned before: these are its lists again."])], folder
    )


def show_plan(plan: CampaignPlan, notes: Sequence[str], folder: Path, console: Console | None = None) -> None:
    """Who is contacted, what can be seen, and where the lists are."""
    console = console or open_console()
    table = make_plan_table(plan)
    headline = (
        f"\nCampaign {plan.rules.name}: {plan.contacts:,} contacts, {len(plan.people) - plan.contacts:,} "
        f"left alone, from {plan.start}, to be measured from {plan.end} on."
    )
    print_line(headline, console, bold=True)
    console.print(make_table(table.headings, table.rows, title=table.title, left=(table.headings[0],)))
    for text in (*describe_left_out(plan), *notes, *describe_power(plan)):
        print_prose(text, console)
    print_line(f"Lists and plan: {folder}", console)


def _read_channels(shop: CampaignShop, column: str | None) -> pd.Series | None:
    """What the customers table says of channels."""
    if column is None:
        return None
    found = shop.read_column(column)
    if found is None:
        table = shop.dataset.customers
        there = "there is no customers table" if table is None else f"it has {', '.join(table.columns)}"
        raise ConfigError(
            f"channel_column={column}: the customers table has no such column; {there}. A file of customers "
            "comes along with data.customers=."
        )
    return found


def _refuse_other_plan(folder: Path, facts: Mapping[str, Any]) -> None:
    """The lists of a campaign that another history knows are not replaced."""
    try:
        known = json.loads((folder / PLAN_FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return
    if known.get("digest") != facts["digest"]:
        raise ConfigError(
            f"{folder} holds another plan of this name (from {known.get('start')}). Choose another name or "
            "output=; whoever is sure that nobody needs those lists may remove the folder."
        )


def _list_notes(plan: CampaignPlan, taken: pd.DataFrame, unknown: int, recommends: bool) -> list[str]:
    notes = []
    if plan.counts["in_other_campaigns"]:
        names = ", ".join(sorted(set(taken["campaign"])))
        notes.append(f"Campaigns of these days: {names}.")
    if unknown:
        first = plan.rules.channels[0]
        notes.append(f"Of {unknown:,} customers the column says none of the channels: {first} is theirs.")
    if not recommends:
        notes.append(
            "The model's run recommends no products (it has no segments/recommendations.parquet), so the "
            "lists have none."
        )
    return notes


def _make_files(
    plan: CampaignPlan, facts: Mapping[str, Any], people: pd.DataFrame, notes: Sequence[str]
) -> dict[str, pd.DataFrame | str]:
    """The lists for each channel, everybody with their group, and the plan for machines and for people."""
    lists = {f"contacts_{channel}.csv": list_contacts(people, channel) for channel in plan.rules.channels}
    told = {**facts, "left_out": dict(plan.counts), "power": describe_power(plan), "notes": list(notes)}
    return {
        PLAN_FILE: json.dumps(told, indent=1) + "\n",
        "people.parquet": people,
        "parts.csv": plan.list_parts().round(6),
        "campaign.html": write_plan_page(plan, facts, notes),
        **lists,
    }
