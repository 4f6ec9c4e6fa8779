"""Which segmentation is looked at: the champion, until somebody chooses another."""

from typing import Final

import streamlit as st

from segmentlab.evaluation import LoggedRun
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import find_champion, find_listed_run, list_runs
from segmentlab.lab.dashboard.trouble import show_trouble
from segmentlab.report import SHOWN_ID

CHOSEN: Final = "run"  # in the session and in the address, so that a link shows the same


def choose_run(settings: DashboardSettings) -> LoggedRun:
    """A list at the left; the run that is chosen in it stays when another page is opened."""
    runs, champion = list_runs(settings), find_champion(settings)
    names = {run.run_id: _name_run(run, champion) for run in runs}
    wanted = st.session_state.get(CHOSEN) or st.query_params.get(CHOSEN)
    if wanted is not None and wanted not in names:
        show_trouble(f"Run {wanted} is no longer in the store: somebody deleted it. Another one is shown.")
        wanted = None
    ids = list(names)
    default = wanted or (champion if champion in names else ids[0])
    chosen = st.sidebar.selectbox(
        "Segmentation",
        ids,
        index=ids.index(default),
        format_func=names.__getitem__,
        help="The champion is what scoring uses. Others are runs of the store, the newest first.",
    )
    st.session_state[CHOSEN] = st.query_params[CHOSEN] = chosen
    return find_listed_run(settings, chosen)


def _name_run(run: LoggedRun, champion: str | None) -> str:
    mark = "Champion: " if run.run_id == champion else ""
    return f"{mark}{run.name} ({run.run_id[:SHOWN_ID]})"
