"""Runs side by side: which is recommended and why, their numbers, their segments, and who is elsewhere."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

import pandas as pd
import streamlit as st

from segmentlab.evaluation import (
    MEASURES,
    LoggedRun,
    Measure,
    Movers,
    find_movers,
    make_leaderboard,
    measure_agreement,
    select_comparable,
)
from segmentlab.lab.cli import name_runs
from segmentlab.lab.dashboard.scientist.command_line import show_line
from segmentlab.lab.dashboard.scientist.tables import format_metric
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import list_runs, read_customers
from segmentlab.lab.dashboard.tables import offer_download, show_report_table
from segmentlab.lab.dashboard.trouble import escape_markdown, in_words
from segmentlab.report import (
    SHOWN_ID,
    describe_best_runs,
    draw_comparison_pictures,
    format_count,
    format_percent,
    make_across_tables,
    make_space_tables,
    make_unranked_table,
)

MOST_RUNS: Final = 6
SHOWN_RANKS: Final = 20
SHOWN_SPACES: Final = 10
SHOWN_PEOPLE: Final = 500
COMPARED_KINDS: Final = ("separation", "usefulness")
ANYWHERE: Final = "Everybody who moved"


def show(settings: DashboardSettings) -> None:
    """The leaderboard, and below it the runs that are chosen."""
    st.title("Runs side by side")
    runs = list_runs(settings)
    board = _rank(settings)
    st.write(escape_markdown(describe_best_runs(board)))
    _show_ranks(board)
    names = {run.run_id: f"{run.name} ({run.run_id[:SHOWN_ID]})" for run in runs}
    chosen = st.multiselect(
        "Lay side by side",
        list(names),
        default=_propose(board),
        format_func=names.__getitem__,
        max_selections=MOST_RUNS,
        help=f"Two to {MOST_RUNS} runs.",
    )
    if len(chosen) < 2:
        st.info("Choose two runs or more to see their numbers, segments and customers side by side.")
        return
    selected = [next(run for run in runs if run.run_id == one) for one in chosen]
    with in_words():
        _show_numbers(selected)
    with in_words():
        _show_pair(settings, selected)
    show_line(settings, "compare", [f"runs=[{','.join(one[:SHOWN_ID] for one in chosen)}]"])


@st.cache_data(ttl=10.0, max_entries=4, show_spinner="Ranking the runs ...")
def _rank(settings: DashboardSettings) -> pd.DataFrame:
    return make_leaderboard(list_runs(settings))


def _show_ranks(board: pd.DataFrame) -> None:
    for table in make_across_tables(board, SHOWN_RANKS):
        show_report_table(table)
    unranked = make_unranked_table(board, SHOWN_RANKS)
    if unranked is not None:
        with st.expander(unranked.title):
            show_report_table(unranked)
    with st.expander("Ranks within a scoring space: the same features, prepared in the same way"):
        for table in islice(make_space_tables(board, SHOWN_RANKS), SHOWN_SPACES):
            show_report_table(table)


def _propose(board: pd.DataFrame) -> list[str]:
    """The first two of the data that most runs are on."""
    usual = board["data"].value_counts().index[0]
    return [str(run_id) for run_id in board.loc[board["data"] == usual, "run_id"].head(2)]


def _show_numbers(runs: Sequence[LoggedRun]) -> None:
    st.header("Numbers, checks and verdict")
    names = name_runs(runs)
    rows = [_make_row(measure, runs, names) for measure in MEASURES if _is_known(measure, runs)]
    told = [("Verdict", "verdict"), ("Checks that fired", "checks"), ("Of them errors", "checks.errors")]
    first = [
        {"What": title, **{name: run.tags.get(tag, "") for name, run in zip(names, runs, strict=True)}}
        for title, tag in told
    ]
    table = pd.DataFrame([*first, *rows]).fillna("")
    st.dataframe(table, hide_index=True, width="stretch", height=min(38 * (len(table) + 1), 560))
    if (table["Comparable"] == "no").any():
        st.caption(
            "“no”: these numbers are of different data, features, preparations or days ahead, so the larger "
            "one need not be the better one. Intervals are 95 %."
        )


def _is_known(measure: Measure, runs: Sequence[LoggedRun]) -> bool:
    return any(measure.name in run.metrics for run in runs)


def _make_row(measure: Measure, runs: Sequence[LoggedRun], names: Sequence[str]) -> dict[str, str]:
    alike = measure.family not in COMPARED_KINDS or all(
        measure.name in select_comparable(other, runs[0])
        for other in runs[1:]
        if measure.name in other.metrics
    )
    values = {name: format_metric(measure, run.metrics) for name, run in zip(names, runs, strict=True)}
    way = f", {measure.better} is better" if measure.better else ""
    return {"What": f"{measure.title}{way}", **values, "Comparable": "yes" if alike else "no"}


def _show_pair(settings: DashboardSettings, runs: Sequence[LoggedRun]) -> None:
    st.header("Segments of two runs")
    names = dict(zip((run.run_id for run in runs), name_runs(runs), strict=True))
    left, right = st.columns(2)
    first = left.selectbox("First run", list(names), format_func=names.__getitem__)
    others = [one for one in names if one != first]
    second = right.selectbox("Second run", others, format_func=names.__getitem__)
    customers = [read_customers(settings, one) for one in (first, second)]
    agreement = measure_agreement((names[first], customers[0]), (names[second], customers[1]))
    movers = find_movers(*customers)
    one, two, three = st.columns(3)
    one.metric("Adjusted Rand index", f"{agreement.adjusted_rand:.2f}", help="1: the same; 0: by chance.")
    two.metric("Stay in their segment", format_percent(movers.stayed))
    three.metric("Customers in both", format_count(movers.shared))
    picture = draw_comparison_pictures([agreement])[0]
    st.plotly_chart(picture.figure, width="stretch", key="overlap")
    st.caption(escape_markdown(picture.caption))
    with st.expander("As a table: segments and their counterparts"):
        pairs = movers.pairs.assign(overlap=movers.pairs["overlap"].map(format_percent, na_action="ignore"))
        st.dataframe(pairs.fillna("none"), hide_index=True, width="stretch")
    _show_movers(movers)


def _show_movers(movers: Movers) -> None:
    st.header("Who changed")
    if movers.people.empty:
        st.info("Nobody: every customer is in the counterpart of their segment.")
        return
    st.write(
        f"{format_count(len(movers.people))} customers are in another segment than the counterpart of theirs."
    )
    moves = movers.moves.assign(share=movers.moves["share"].map(format_percent))
    st.dataframe(moves, hide_index=True, width="stretch")
    ways = [f"{row['from']} → {row['to']}" for row in movers.moves.to_dict("records")]
    way = st.selectbox("List", [ANYWHERE, *ways])
    people = movers.people
    if way != ANYWHERE:
        people = people[(people["from"] + " → " + people["to"]) == way]
    st.dataframe(people.head(SHOWN_PEOPLE), hide_index=True, width="stretch")
    if len(people) > SHOWN_PEOPLE:
        st.caption(f"The first {SHOWN_PEOPLE} of {format_count(len(people))}; the download has all.")
    offer_download(people, "moved.csv", "Download this list")
