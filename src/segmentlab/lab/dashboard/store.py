"""What the dashboard reads: runs, champion and tables of a store, each kept for as long as it is true."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from segmentlab.errors import StoreError
from segmentlab.evaluation import LoggedRun
from segmentlab.lab.campaign_history import CampaignHistory
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.experiment import KnownShop, RunPeople, open_known_shop, read_people
from segmentlab.lab.history import History
from segmentlab.lab.tracking import (
    CHAMPION,
    MlflowTracker,
    Registry,
    has_run_file,
    open_store,
    read_recommendations,
    read_runs,
    read_segment_customers,
    read_table,
    view_store,
)

if TYPE_CHECKING:
    from segmentlab.flow import GoalView, Movement

FRESH: Final = 10.0  # seconds for which the list of runs, the champion and the dates are taken as they were
KEPT_TABLES: Final = 64
KEPT_CROWDS: Final = 4  # tables with a row for each customer


def open_tracker(settings: DashboardSettings) -> MlflowTracker:
    """The store, in which nothing is made or changed unless the dashboard may write.

    Raises:
        StoreError: It is not there, does not answer, or is somebody else's.
    """
    return _open_once(settings.uri, settings.experiment, settings.write)


@st.cache_resource(show_spinner="Opening the store ...", max_entries=4)
def _open_once(uri: str, experiment: str, write: bool) -> MlflowTracker:
    return open_store(uri, experiment, artifacts=None) if write else view_store(uri, experiment)


@st.cache_data(ttl=FRESH, max_entries=4, show_spinner="Reading the runs ...")
def list_runs(settings: DashboardSettings) -> list[LoggedRun]:
    """The finished segmentations, the newest first.

    Raises:
        StoreError: There is none; the message says how to make one.
    """
    found = read_runs(open_tracker(settings), None)
    if not found:
        raise StoreError(
            f"The experiment '{settings.experiment}' has no finished segmentation yet. Make one with "
            "`segmentlab run`, or name another experiment with tracking.experiment=."
        )
    return found


@st.cache_data(ttl=FRESH, max_entries=4, show_spinner=False)
def find_champion(settings: DashboardSettings) -> str | None:
    """The id of the run that scoring uses, if one was promoted."""
    registry = Registry(open_tracker(settings).client, settings.name)
    number = registry.aliases().get(CHAMPION)
    return None if number is None else registry.version(number).run_id


@st.cache_data(max_entries=KEPT_TABLES, show_spinner=False)
def read_run_table(settings: DashboardSettings, run_id: str, path: str) -> pd.DataFrame:
    """A CSV file of a run, such as `segments/profile.csv`; a finished run does not change."""
    return read_table(open_tracker(settings), run_id, path)


@st.cache_data(max_entries=KEPT_CROWDS, show_spinner="Reading the customers ...")
def read_customers(settings: DashboardSettings, run_id: str) -> pd.DataFrame:
    """All that a run says of each of its customers: heavy, and never for the first view."""
    run = find_listed_run(settings, run_id)
    return read_segment_customers(open_tracker(settings), run, columns=None)


def find_listed_run(settings: DashboardSettings, run_id: str) -> LoggedRun:
    """A run that is still in the store.

    Raises:
        StoreError: It was deleted while it was shown.
    """
    for run in list_runs(settings):
        if run.run_id == run_id:
            return run
    raise StoreError(
        f"Run {run_id} is no longer in the store: somebody deleted it. Choose another one at the left."
    )


@st.cache_data(ttl=FRESH, max_entries=4, show_spinner=False)
def list_snapshots(settings: DashboardSettings) -> list[date]:
    """The days that the history has snapshots of, the first one first."""
    return _open_history(settings).snapshots()


@st.cache_data(ttl=60.0, max_entries=32, show_spinner="Comparing snapshots ...")
def compare_snapshots(settings: DashboardSettings, before: date, after: date) -> "Movement":
    """Who moved between two snapshots, counted in the database."""
    return _open_history(settings).compare(before, after)


@st.cache_data(ttl=60.0, max_entries=32, show_spinner=False)
def summarise_snapshot(settings: DashboardSettings, as_of: date) -> pd.DataFrame:
    """A row for each segment of a snapshot, added up in the database."""
    return _open_history(settings).summarise(as_of)


@st.cache_data(ttl=60.0, max_entries=32, show_spinner="Looking for them ...")
def list_moved(
    settings: DashboardSettings, before: date, after: date, segments: tuple[int | None, int | None], most: int
) -> pd.DataFrame:
    """The customers behind a move."""
    return _open_history(settings).list_moved(before, after, segments, most)


def _open_history(settings: DashboardSettings) -> History:
    return History(settings.history, read_only=not settings.write)


@st.cache_data(max_entries=KEPT_TABLES, show_spinner=False)
def has_file(settings: DashboardSettings, run_id: str, path: str) -> bool:
    """Whether a run keeps a file."""
    return has_run_file(open_tracker(settings), run_id, path)


@st.cache_data(max_entries=KEPT_CROWDS, show_spinner="Reading the customers ...")
def read_people_of(settings: DashboardSettings, run_id: str) -> RunPeople:
    """The customers of a run with what is ahead of each."""
    return read_people(open_tracker(settings), find_listed_run(settings, run_id))


@st.cache_resource(max_entries=KEPT_CROWDS, show_spinner="Reading the log of the run ...")
def open_shop(settings: DashboardSettings, run_id: str) -> KnownShop:
    """The log that a run was made of, read again."""
    run = find_listed_run(settings, run_id)
    return open_known_shop(open_tracker(settings), run, settings.log, settings.cache_folder)


@st.cache_data(max_entries=KEPT_TABLES, show_spinner="Looking for the purchases ...")
def list_purchases(settings: DashboardSettings, run_id: str, customer_id: str) -> pd.DataFrame:
    """Every line of one customer."""
    return open_shop(settings, run_id).list_purchases(customer_id)


@st.cache_data(max_entries=KEPT_CROWDS, show_spinner="Reading the countries ...")
def find_countries(settings: DashboardSettings, run_id: str) -> "pd.Series | None":
    """The country of each customer, where the log has one."""
    return open_shop(settings, run_id).find_countries()


@st.cache_data(max_entries=KEPT_CROWDS, show_spinner="Looking for whom the goal is about ...")
def look_at_goal(settings: DashboardSettings, run_id: str, goal: str, days: int) -> "GoalView":
    """Whom a goal is about, which takes longest; budgets and shares are tried on it at once."""
    return open_shop(settings, run_id).look_at(goal, days)


def find_taken(settings: DashboardSettings, name: str, begins: date, days: int) -> pd.DataFrame:
    """Who is in other campaigns of these days: always as the history has it now."""
    history = CampaignHistory(settings.history, read_only=not settings.write)
    return history.find_taken(name, begins, begins + timedelta(days=days))


@st.cache_data(max_entries=KEPT_TABLES, show_spinner=False)
def recommend_to(settings: DashboardSettings, run_id: str, customer_id: str) -> "pd.DataFrame | None":
    """What a run recommends to one customer."""
    return read_recommendations(open_tracker(settings), run_id, customer_id)


@st.cache_data(max_entries=KEPT_CROWDS, show_spinner="Reading what is recommended ...")
def read_all_offers(settings: DashboardSettings, run_id: str) -> "pd.DataFrame | None":
    """What a run recommends to everybody."""
    return read_recommendations(open_tracker(settings), run_id)
