"""A look at a segmentation in use, as one HTML file."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from segmentlab.report.figures.feature_drift import feature_drift
from segmentlab.report.figures.flows import flows
from segmentlab.report.figures.segment_drift import segment_drift
from segmentlab.report.html import scripts, templates
from segmentlab.report.picture import Picture
from segmentlab.report.table import Table, records
from segmentlab.report.wording import amount, count, percent
from segmentlab.watching.check import Check
from segmentlab.watching.movement import Movement, transition_shares
from segmentlab.watching.watched import Watched

SHOWN_MOVES: Final = 20  # movement.csv has them all


def monitor_pictures(watched: Watched) -> list[Picture]:
    """The figures that are kept as files as well."""
    return [feature_drift(watched.drift.features), segment_drift(watched.drift.segments, watched.names)]


def monitor_page(watched: Watched, pictures: Sequence[Picture]) -> str:
    """Write checks, drift and movement as one self-contained HTML file."""
    movement = watched.movement
    return (
        templates()
        .get_template("monitor_page.html.jinja")
        .render(
            content={
                "title": "Does the segmentation still fit?",
                "subtitle": f"{watched.model} on {watched.data} as of {watched.as_of}, "
                f"{count(watched.customers)} customers.",
                "pictures": pictures,
            },
            answer=watched.answer,
            checks=checks_table(watched.checks),
            seen=fired_first(watched.checks),
            features=_features_table(watched.drift.features),
            ledger=_ledger_table(watched.delivery.ledger),
            movement=None if movement is None else movement_parts(movement),
            scripts=scripts(),
        )
    )


def fired_first(checks: Sequence[Check]) -> list[Check]:
    """What asks for a look comes before what is fine."""
    return sorted(checks, key=lambda check: not check.fired)


def checks_table(checks: Sequence[Check]) -> Table:
    """Every check with its number; what was seen is told in words beside it."""
    rows = [[check.name, check.verdict, amount(check.value), _fine(check)] for check in fired_first(checks)]
    return Table("Checks", ["Check", "Verdict", "Value", "Fine"], rows)


def _fine(check: Check) -> str:
    return f"{'up to' if check.at_most else 'from'} {check.limit:g}"


def movement_parts(movement: Movement) -> dict[str, object]:
    """Who moved: a sentence, the shares of each segment's customers, the largest moves, and the flows."""
    known = int(movement.known["customers"].sum())
    moved = int(movement.moved["customers"].sum())
    return {
        "answer": f"Between {movement.before} and {movement.after}, {count(moved)} of {count(known)} "
        f"customers moved to another segment; {count(movement.new)} are new and {count(movement.gone)} were "
        "not scored again.",
        "shares": _shares_table(transition_shares(movement)),
        "moves": _moves_table(movement.moved),
        "picture": flows(movement),
    }


def _shares_table(shares: pd.DataFrame) -> Table:
    rows = [
        [str(name), *(percent(share) for share in row)]
        for name, row in zip(shares.index, shares.to_numpy(), strict=True)
    ]
    return Table("Where each segment's customers are now", ["Was in", *map(str, shares.columns)], rows)


def _moves_table(moved: pd.DataFrame) -> Table:
    rows = [
        [f"{row['name_before']} to {row['name_after']}", count(row["customers"]), amount(row["revenue"])]
        for row in records(moved.head(SHOWN_MOVES))
    ]
    return Table("Revenue at stake", ["Move", "Customers", "Their revenue"], rows)


def _features_table(features: pd.DataFrame) -> Table:
    rows = [
        [
            row["feature"],
            *(amount(row[name]) for name in ("median_before", "median_after", "psi", "gap", "p")),
        ]
        for row in records(features)
    ]
    return Table(
        "Features", ["Feature", "Median of the model's", "Median now", "PSI", "Gap", "p, corrected"], rows
    )


def _ledger_table(shares: pd.DataFrame) -> Table:
    rows = [
        [str(row["rule"]), percent(row["before"]), percent(row["after"])]
        for row in records(shares.rename_axis("rule").reset_index())
    ]
    return Table("What cleaning takes out", ["Rule", "The model's data", "Now"], rows)
