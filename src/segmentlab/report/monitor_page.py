"""A look at a segmentation in use, as one HTML file."""

from collections.abc import Sequence

import pandas as pd

from segmentlab.flow import Alarm, Movement, Picture, WatchResult, compute_transition_shares
from segmentlab.report.figures.drift import draw_feature_drift, draw_segment_drift
from segmentlab.report.figures.flows import draw_flows
from segmentlab.report.html import load_templates, pack_scripts
from segmentlab.report.since_last_time import describe_change, explain_gains, make_move_tables
from segmentlab.report.tables import ReportTable, list_records
from segmentlab.report.wording import format_amount, format_count, format_percent


def draw_monitor_pictures(watched: WatchResult) -> list[Picture]:
    """The figures that are kept as files as well."""
    return [
        draw_feature_drift(watched.drift.features),
        draw_segment_drift(watched.drift.segments, watched.names),
    ]


def write_monitor_page(watched: WatchResult, pictures: Sequence[Picture]) -> str:
    """Write checks, drift and movement as one self-contained HTML file."""
    movement = watched.movement
    return (
        load_templates()
        .get_template("monitor_page.html.jinja")
        .render(
            content={
                "title": "Does the segmentation still fit?",
                "subtitle": f"{watched.model} on {watched.data} as of {watched.as_of}, "
                f"{format_count(watched.customers)} customers.",
                "pictures": pictures,
            },
            answer=watched.answer,
            checks=make_alarm_page_table(watched.checks),
            seen=sort_fired_first(watched.checks),
            features=_make_features_table(watched.drift.features),
            ledger=_make_ledger_drift_table(watched.delivery.ledger),
            movement=None if movement is None else describe_movement(movement),
            scripts=pack_scripts(),
        )
    )


def sort_fired_first(checks: Sequence[Alarm]) -> list[Alarm]:
    """What asks for a look comes before what is fine."""
    return sorted(checks, key=lambda check: not check.fired)


def make_alarm_page_table(checks: Sequence[Alarm]) -> ReportTable:
    """Every check with its number; what was seen is told in words beside it."""
    rows = [
        [check.name, check.verdict, format_amount(check.value), _is_fine(check)]
        for check in sort_fired_first(checks)
    ]
    return ReportTable("Checks", ["Check", "Verdict", "Value", "Fine"], rows)


def _is_fine(check: Alarm) -> str:
    return f"{'up to' if check.at_most else 'from'} {check.limit:g}"


def describe_movement(movement: Movement) -> dict[str, object]:
    """Who moved: a sentence, what the moves mean, the shares of each segment's customers, and the flows."""
    return {
        "answer": describe_change(movement),
        "moves": make_move_tables(movement),
        "meaning": explain_gains(movement),
        "shares": _make_shares_table(compute_transition_shares(movement)),
        "picture": draw_flows(movement),
    }


def _make_shares_table(shares: pd.DataFrame) -> ReportTable:
    rows = [
        [str(name), *(format_percent(share) for share in row)]
        for name, row in zip(shares.index, shares.to_numpy(), strict=True)
    ]
    return ReportTable("Where each segment's customers are now", ["Was in", *map(str, shares.columns)], rows)


def _make_features_table(features: pd.DataFrame) -> ReportTable:
    rows = [
        [
            row["feature"],
            *(format_amount(row[name]) for name in ("median_before", "median_after", "psi", "gap", "p")),
        ]
        for row in list_records(features)
    ]
    return ReportTable(
        "Features", ["Feature", "Median of the model's", "Median now", "PSI", "Gap", "p, corrected"], rows
    )


def _make_ledger_drift_table(shares: pd.DataFrame) -> ReportTable:
    rows = [
        [str(row["rule"]), format_percent(row["before"]), format_percent(row["after"])]
        for row in list_records(shares.rename_axis("rule").reset_index())
    ]
    return ReportTable("What cleaning takes out", ["Rule", "The model's data", "Now"], rows)
