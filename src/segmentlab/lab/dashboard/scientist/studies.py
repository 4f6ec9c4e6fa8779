"""Studies: what each had to choose from, one of its trials, and what to type for its segments."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd
import streamlit as st

from segmentlab.evaluation import LoggedRun
from segmentlab.lab.dashboard.scientist.command_line import offer_process, show_line
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import list_runs, read_run_table
from segmentlab.lab.dashboard.trouble import escape_markdown
from segmentlab.lab.experiment import (
    TRIALS_FILE,
    list_front,
    read_study_table,
    select_studies,
    write_trial_words,
)
from segmentlab.report import SHOWN_ID, StudyTable, draw_study_pictures, format_parameter

FRONT: Final = "study_front"
PICKED: Final = "front"  # the figure's state: what was clicked


def show(settings: DashboardSettings) -> None:
    """Every study in a line, and the trials of one."""
    st.title("Studies")
    studies = select_studies(list_runs(settings))
    if not studies:
        st.info(
            "No run of this store was chosen by a study yet. Make one with `segmentlab run tune=optuna`; its "
            "trials and their front are shown here."
        )
        return
    _list_studies(studies)
    names = {run.run_id: f"{run.name} ({run.run_id[:SHOWN_ID]})" for run in studies}
    chosen = st.selectbox("Study", list(names), format_func=names.__getitem__)
    run = next(one for one in studies if one.run_id == chosen)
    table = read_study_table(run, read_run_table(settings, chosen, TRIALS_FILE))
    st.write(escape_markdown(_describe_study(run, table)))
    _draw_trials(table)
    trial = _choose_trial(table)
    _show_trial(table, trial)
    words = write_trial_words(run, trial)
    show_line(settings, "run", words)
    offer_process(settings, "Run this trial", "run", words)


def _list_studies(studies: Sequence[LoggedRun]) -> None:
    rows = [
        {
            "Study": run.tags["study.name"],
            "Run": f"{run.name} ({run.run_id[:SHOWN_ID]})",
            "Ended": run.tags.get("study.ended", ""),
            "Chosen trial": run.tags.get("study.chosen", ""),
            "Silhouette": run.metrics.get("separation/silhouette"),
            "Checks": run.tags.get("checks", ""),
        }
        for run in studies
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")


def _describe_study(run: LoggedRun, table: StudyTable) -> str:
    told = " and ".join(one.plain_name for one in table.objectives)
    trials = table.trials
    return (
        f"{len(trials):,} trials looked for {told}; {int(trials['feasible'].sum()):,} are feasible, "
        f"{int(trials['on_front'].sum()):,} on the front. "
        f"It ended: {run.tags.get('study.ended', 'not known')}."
    )


def _draw_trials(table: StudyTable) -> None:
    """The front where there are two objectives, and how the study went."""
    pictures = {picture.name: picture for picture in draw_study_pictures(table, None)}
    picture = pictures.pop(FRONT, None) or pictures.pop("study_history")
    st.subheader(escape_markdown(picture.title))
    st.plotly_chart(picture.figure, width="stretch", key=PICKED, on_select="rerun", selection_mode="points")
    st.caption(escape_markdown(picture.caption) + " Choose a point, or a trial in the list below.")
    with st.expander("More figures of this study"):
        for other in pictures.values():
            st.plotly_chart(other.figure, width="stretch", key=other.name)
            st.caption(escape_markdown(other.caption))


def _choose_trial(table: StudyTable) -> Mapping[str, Any]:
    """The one that was clicked, else the first of the list: the front comes first."""
    front = list_front(table)
    others = table.trials[~table.trials["number"].isin(front["number"]) & table.trials["feasible"]]
    known = pd.concat([front, others], ignore_index=True)
    known = known if len(known) else table.trials
    numbers = known["number"].tolist()
    clicked = _find_clicked(table)
    place = numbers.index(clicked) if clicked in numbers else 0
    number = st.selectbox(
        "Trial",
        numbers,
        index=place,
        format_func=lambda one: _name_trial(known[known["number"] == one].iloc[0]),
        key=f"trial {clicked}",
    )
    found: dict[str, Any] = known[known["number"] == number].iloc[0].to_dict()
    return found


def _find_clicked(table: StudyTable) -> object:
    """The number of the trial that was clicked in the figure: the one with the point's two values."""
    points = (st.session_state.get(PICKED) or {}).get("selection", {}).get("points", [])
    if not points or len(table.objectives) < 2:
        return None
    first, second = (one.name for one in table.objectives[:2])
    near = (table.trials[first] - points[0]["x"]).abs() + (table.trials[second] - points[0]["y"]).abs()
    return None if near.isna().all() else table.trials.loc[near.idxmin(), "number"]


def _name_trial(trial: pd.Series) -> str:
    marks = [word for word, name in (("chosen", "chosen"), ("on the front", "on_front")) if trial[name]]
    return f"Trial {trial['number']}" + (f" ({', '.join(marks)})" if marks else "")


def _show_trial(table: StudyTable, trial: Mapping[str, Any]) -> None:
    tried = {name: trial[name] for name in table.parameters if pd.notna(trial[name])}
    slots = st.columns(max(len(table.objectives), 1))
    for slot, objective in zip(slots, table.objectives, strict=True):
        value = trial[objective.name]
        slot.metric(objective.title, "not known" if pd.isna(value) else f"{value:.3f}")
    told = ", ".join(f"{name} = {format_parameter(value)}" for name, value in tried.items())
    st.write(escape_markdown(f"Trial {trial['number']} tried {told or 'nothing else'}."))
    if trial["reason"]:
        st.warning(escape_markdown(f"It does not count: {trial['reason']}"))
