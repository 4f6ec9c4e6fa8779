"""What goes together, in words and tables, of everybody and of each segment."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pandas as pd

from segmentlab.goods import BasketPortrait
from segmentlab.report.tables import ReportTable, list_records
from segmentlab.report.wording import (
    MISSING_TEXT,
    format_amount,
    format_count,
    format_percent,
    shorten_text,
)

SHOWN_RULES: Final = 15  # of everybody; basket_rules.csv has them all
SHOWN_SEGMENT_RULES: Final = 8
LONGEST_RULE_NAME: Final = 30
RULE_HEADINGS: Final = ["Who buys → buys too", "Baskets", "Confidence", "Lift", "Before", "After"]


class BasketChapter(NamedTuple):
    """The chapter: what it begins with, its tables, and what is not told."""

    lead: str
    tables: list[ReportTable]
    notes: list[str]


def tell_baskets(portrait: BasketPortrait) -> BasketChapter:
    """Say what goes together, whether it lasted, and where there is nothing to say and why."""
    return BasketChapter(
        describe_baskets(portrait), list(_make_tables(portrait)), list(_list_notes(portrait))
    )


def describe_baskets(portrait: BasketPortrait) -> str:
    """The answer in some sentences: how many rules, the first of them, and how many lasted."""
    whole = portrait.parts.iloc[0]
    told = [
        f"{format_count(whole['baskets'])} baskets, {format_count(whole['pairs'])} pairs and "
        f"{format_count(whole['triples'])} triples of products that lie in {format_count(whole['least'])} "
        f"of them or more, {format_count(whole['rules'])} rules."
    ]
    if whole["rules"]:
        first = list_records(portrait.rules.head(1))[0]
        told.append(
            f"Of the baskets with {_name_condition(first)}, {format_percent(first['confidence'])} hold "
            f"{_name_product(first, 'then')} too, {format_amount(first['lift'])} times as many as of all."
        )
    if whole["followed"]:
        told.append(
            f"Of {format_count(whole['followed'])} rules learnt from the half of the baskets before "
            f"{whole['later_from']}, {format_percent(whole['lift_held'])} held after it too (lift above 1), "
            f"and {format_percent(whole['confidence_held'])} kept at least half of their confidence."
        )
    return " ".join(told)


def make_parts_table(portrait: BasketPortrait) -> ReportTable:
    """Everybody and each segment: what their rules rest on, and whether they lasted."""
    rows = [
        [str(row["name"]), *map(format_count, (row["customers"], row["baskets"], row["least"], row["rules"])),
         *(format_percent(row[share]) for share in ("lift_held", "confidence_held"))]
        for row in list_records(portrait.parts)
    ]  # fmt: skip
    headings = ["Of", "Customers", "Baskets", "A set lies in", "Rules", "Lift above 1 later"]
    return ReportTable(
        "Whose baskets, how many rules, and how many lasted", [*headings, "Half the confidence later"], rows
    )


def make_rule_table(title: str, rules: pd.DataFrame) -> ReportTable:
    """Rules as people read them, those with most baskets beyond chance first."""
    rows = [
        [f"{_name_condition(row)} → {_name_product(row, 'then')}", format_count(row["baskets"]),
         format_percent(row["confidence"]), format_amount(row["lift"]),
         *(format_percent(row[when]) for when in ("earlier_confidence", "later_confidence"))]
        for row in list_records(rules)
    ]  # fmt: skip
    return ReportTable(title, RULE_HEADINGS, rows)


def _make_tables(portrait: BasketPortrait) -> Iterator[ReportTable]:
    yield make_parts_table(portrait)
    for place, part in enumerate(list_records(portrait.parts)):
        own = portrait.rules["segment"].isna() if place == 0 else portrait.rules["segment"] == part["segment"]
        most = SHOWN_SEGMENT_RULES if place else SHOWN_RULES
        if own.any():
            title = f"{part['name']}: the first {min(most, int(own.sum()))} of {own.sum():,} rules"
            yield make_rule_table(title, portrait.rules[own].head(most))


def _list_notes(portrait: BasketPortrait) -> Iterator[str]:
    """Which segments have no rules, and what else is not told."""
    yield from portrait.notes
    for part in list_records(portrait.parts):
        if part["note"]:
            yield f"{part['name']}: {part['note']}."


def _name_condition(rule: dict[str, Any]) -> str:
    """The products that a rule begins with."""
    first = _name_product(rule, "if_first")
    return first if pd.isna(rule["if_second"]) else f"{first} + {_name_product(rule, 'if_second')}"


def _name_product(rule: dict[str, Any], key: str) -> str:
    described = rule.get(f"{key}_description")
    text = rule[key] if described is None or pd.isna(described) else described
    return shorten_text(str(text), LONGEST_RULE_NAME) or MISSING_TEXT
