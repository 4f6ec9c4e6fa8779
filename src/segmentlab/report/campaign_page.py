"""A campaign on a page that opens anywhere: its plan, what it brought, or a comparison without chance."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import pandas as pd

from segmentlab.campaigns import CAPPED_SPEND, RAW_SPEND, REASONS_FOR_DOUBT, CampaignPlan, CampaignResult
from segmentlab.flow import Picture
from segmentlab.report.figures.uplift import draw_uplift
from segmentlab.report.html import load_templates, pack_scripts
from segmentlab.report.tables import ReportTable, list_records
from segmentlab.report.wording import MISSING_TEXT, format_amount, format_count, format_money, format_percent

OUTCOME_NAMES: Final = {
    "orders": "Orders",
    CAPPED_SPEND: "Spend, capped",
    RAW_SPEND: "Spend as it is",
}
SHOWN_PARTS: Final = 60
BEST_CONTROL: Final = 0.4  # nearer to a half hardly anything is gained
OBSERVED_GROUPS: Final = ("Took it", "Others")
OBSERVATIONAL: Final = "Observational: nobody was drawn by chance"


class CampaignSection(NamedTuple):
    """A chapter of the page."""

    title: str
    texts: Sequence[str]
    tables: Sequence[ReportTable] = ()
    pictures: Sequence[Picture] = ()


def describe_power(plan: CampaignPlan) -> list[str]:
    """What can be seen with so many people, in words: told before anybody is contacted."""
    smallest, goal = plan.smallest, plan.rules.goal
    if smallest is None:
        return [
            "No part has enough people for a control group, so nobody will ever know what this campaign "
            "brought."
        ]
    told = [
        f"Spend is counted up to {plan.rehearsal.cap:,.2f} per customer, the 99th percentile of what people "
        f"like these spent in the {plan.rules.days} days before.",
        f"The smallest effect that {len(plan.people):,} people show four times in five (5 % of claims where "
        f"there is none): {format_percent(smallest.share)} of spend, {smallest.money:,.2f} per contact.",
    ]
    if smallest.share > goal.plausible:
        needed = smallest.count_needed(len(plan.people), goal.plausible)
        told.append(
            f"That is more than is plausible ({format_percent(goal.plausible)}): most likely this campaign "
            f"will show nothing, whatever it brings. Such an effect needs about {needed:,} people."
        )
        if plan.rules.control < BEST_CONTROL:
            told[-1] += " A control group nearer to a half sees more with the same people."
    return told


def describe_left_out(plan: CampaignPlan) -> list[str]:
    """Whom the goal is about, and who is not in the lists all the same."""
    counts = plan.counts
    told = [f"{counts['fitting']:,} customers fit the goal."]
    reasons = {
        "in_other_campaigns": "are in other campaigns of these days and are left out",
        "not_worth_a_contact": "are expected to bring less than a contact costs",
        "beyond_budget": "are beyond the budget",
    }
    told += [f"{counts[key]:,} {meaning}." for key, meaning in reasons.items() if counts[key]]
    alone = int((plan.people["block"] < 0).sum())
    if alone:
        told.append(
            f"{alone:,} are in parts that are too small for a control group: they are contacted, and nothing "
            "will be said of them."
        )
    return told


def make_plan_table(plan: CampaignPlan) -> ReportTable:
    """The parts of a plan."""
    rows = [
        [
            str(row["part"]),
            *(format_count(row[name]) for name in ("people", "contacts", "controls")),
            *(format_money(row[name]) for name in ("expected", "value", "cost")),
            format_percent(row["smallest_effect"]) if row["controls"] else "no control group",
        ]
        for row in list_records(plan.list_parts())[:SHOWN_PARTS]
    ]
    headings = [
        plan.rules.per.capitalize(),
        "People",
        "Contacted",
        "Left alone",
        "Expected spend",
        "Expected to earn",
        "Cost",
        "Smallest effect",
    ]
    return ReportTable("Who is contacted", headings, rows)


def make_uplift_table(
    uplift: pd.DataFrame,
    title: str = "What it brought, per person",
    groups: tuple[str, str] = ("Contacted", "Left alone"),
) -> ReportTable:
    """Both groups and their difference, part by part."""
    rows = [
        [
            str(row["part"]),
            OUTCOME_NAMES[str(row["outcome"])],
            _format_interval(row),
            _judge_row(row),
            *(format_amount(row[name]) for name in ("contact", "control")),
            *(format_count(row[name]) for name in ("contacts", "controls")),
        ]
        for row in list_records(uplift)[: 3 * SHOWN_PARTS]
    ]
    did = [f"{group}: mean" for group in groups]
    headings = ["Part", "Of", "Difference", "Claim", *did, *groups]
    return ReportTable(title, headings, rows)


def make_earnings_table(result: CampaignResult) -> ReportTable:
    """What each part earned after the cost of its contacts."""
    rows = [
        [
            str(row["part"]),
            format_count(row["contacts"]),
            _format_interval(row, "per_contact", "per_contact_low", "per_contact_high"),
            _format_interval(row, "earned", "earned_low", "earned_high"),
        ]
        for row in list_records(result.earnings)[:SHOWN_PARTS]
    ]
    return ReportTable("What it earned", ["Part", "Contacts", "Per contact", "In all"], rows)


def describe_choice(choice: Mapping[str, float]) -> str:
    """What a choice of parts would have earned, and how far to believe it."""
    return (
        f"Of the parts that can be compared the campaign earned {choice['as_it_was']:,.2f}. Contacting only "
        f"the parts that were worth it would have earned about {choice['chosen']:,.2f}: half of the blocks "
        "choose, the other half counts. By the figures that chose it would be "
        f"{choice['in_hindsight']:,.2f}, which counts luck as gain."
    )


def write_plan_page(plan: CampaignPlan, facts: Mapping[str, Any], notes: Sequence[str]) -> str:
    """The plan as one self-contained HTML file."""
    rules = plan.rules
    fixed = {
        "Goal": rules.goal.title,
        "Action": rules.goal.action,
        "From": str(plan.start),
        "Until (not counted)": str(plan.end),
        "Budget and cost": f"{rules.budget:,.2f} at {rules.cost:,.2f} a contact",
        "Share left alone": format_percent(rules.control),
        "Cap of spend": format_money(plan.rehearsal.cap),
        "Blocks of like expected spend": format_count(facts["blocks"]),
        "Model": str(facts["model"]),
        "Digest": str(facts["digest"]),
    }
    table = ReportTable("Fixed beforehand", ["What", "How"], [list(pair) for pair in fixed.items()])
    power = describe_power(plan)
    sections = [
        CampaignSection("People", [*describe_left_out(plan), *notes], [make_plan_table(plan)]),
        CampaignSection("Power", power),
        CampaignSection("Plan", [], [table]),
    ]
    return _write_page(
        f"Campaign {rules.name}",
        f"{plan.contacts:,} people are contacted, {len(plan.people) - plan.contacts:,} are left alone by "
        f"chance; to be measured from {plan.end} on.",
        " ".join(power[1:] or power),
        sections,
    )


def write_result_page(name: str, subtitle: str, result: CampaignResult) -> str:
    """What a campaign brought, as one self-contained HTML file."""
    sections = [
        CampaignSection(
            "Result",
            list(result.notes),
            [make_uplift_table(result.uplift)],
            [draw_uplift(result.uplift)],
        ),
        CampaignSection("Earnings", [describe_choice(result.choice)], [make_earnings_table(result)]),
        CampaignSection(
            "Before",
            ["The same comparison of as many days before: nothing had been done, so nothing should differ."],
            [make_uplift_table(result.before, "Before the campaign, per person")],
        ),
    ]
    return _write_page(f"Campaign {name}: what it brought", subtitle, result.answer, sections)


def write_observed_page(
    subtitle: str,
    answer: str,
    uplift: pd.DataFrame,
    placebo: pd.DataFrame,
    balance: pd.DataFrame,
    notes: Sequence[str],
) -> str:
    """A comparison without chance, with every reason to doubt it."""
    sections = [
        CampaignSection(
            "Observational",
            [*REASONS_FOR_DOUBT, *notes],
            [make_uplift_table(uplift, f"{OBSERVATIONAL}; per person", OBSERVED_GROUPS)],
            [draw_uplift(uplift, "who took it against others (observational)")],
        ),
        CampaignSection(
            "Placebo",
            [
                "The same people and the same comparison in the days before, when nobody had taken it yet. "
                "A difference here is one of people, and so may be the one above."
            ],
            [make_uplift_table(placebo, f"{OBSERVATIONAL}; before, per person", OBSERVED_GROUPS)],
        ),
        CampaignSection("Balance", [], [_make_balance_table(balance)]),
    ]
    return _write_page(OBSERVATIONAL, subtitle, answer, sections)


def _make_balance_table(balance: pd.DataFrame) -> ReportTable:
    rows = [
        [str(row["fact"]), *(format_amount(row[str(name)]) for name in list(balance)[1:])]
        for row in list_records(balance)
    ]
    headings = ["From before", "Who took it", "Others", "Apart, in spreads", "Within blocks"]
    return ReportTable("How alike both were before (observational)", headings, rows)


def _format_interval(
    row: Mapping[str, Any], middle: str = "difference", low: str = "low", high: str = "high"
) -> str:
    if pd.isna(row[middle]):
        return MISSING_TEXT
    return f"{format_amount(row[middle])} ({format_amount(row[low])} to {format_amount(row[high])})"


def _judge_row(row: Mapping[str, Any]) -> str:
    if row["doubt"]:
        return f"none: {row['doubt']}"
    return str(row["claim"]) or "none: chance does as much"


def _write_page(title: str, subtitle: str, answer: str, sections: Sequence[CampaignSection]) -> str:
    return (
        load_templates()
        .get_template("campaign_page.html.jinja")
        .render(
            content={"title": title, "subtitle": subtitle},
            answer=answer,
            chapters=sections,
            sections=[section.title for section in sections],
            scripts=pack_scripts(),
        )
    )
