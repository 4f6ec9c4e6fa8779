"""Promote a run through the gates, with their reasons, and run what it was once more."""

import shlex
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from segmentlab.evaluation import LoggedRun
from segmentlab.lab.cli import Contest, compare_with_champion_shop, hold_contest, nominate_run
from segmentlab.lab.dashboard.choice import choose_run
from segmentlab.lab.dashboard.scientist.command_line import offer_process, show_line
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import list_runs, open_tracker
from segmentlab.lab.dashboard.trouble import escape_markdown, in_words
from segmentlab.lab.tracking import Registry
from segmentlab.report import SHOWN_ID


def show(settings: DashboardSettings) -> None:
    """The gates of the run that is chosen at the left, and both commands."""
    run = choose_run(settings)
    st.title("Promote and run again")
    st.write(escape_markdown(f"{run.name} ({run.run_id[:SHOWN_ID]}), verdict: {_read_verdict(run)}."))
    with in_words():
        _show_promotion(settings, run)
    with in_words():
        _show_again(settings, run)


def _read_verdict(run: LoggedRun) -> str:
    return run.tags.get("verdict", "nobody looked for one")


def _show_promotion(settings: DashboardSettings, run: LoggedRun) -> None:
    st.header("The gates")
    registry = Registry(open_tracker(settings).client, settings.name)
    champion = registry.champion()
    if champion is not None and champion.run_id == run.run_id:
        st.success(f"This run is champion already: version {champion.number} of '{settings.name}'.")
        return
    against = (
        "There is no champion yet." if champion is None else f"The champion is version {champion.number}."
    )
    st.write(against)
    nominee = nominate_run(list_runs(settings), run.run_id)
    shops = compare_with_champion_shop(open_tracker(settings), nominee, champion)
    differences = {} if shops is None else dict(shops.differences)
    for word, told in differences.items():
        st.warning(escape_markdown(f"Another shop than the champion's? {word}: {told}."))
    with st.spinner("Judging ..."):
        contest = hold_contest(open_tracker(settings), registry, nominee)
    _show_gates(contest)
    words = [f"run_id={run.run_id[:SHOWN_ID]}", f"name={settings.name}"]
    words += _ask_exceptions(contest, differences)
    show_line(settings, "promote", words)
    refused = _explain_refusal(contest, list(differences), words)
    if refused and settings.write:
        st.info(refused)
        return
    offer_process(settings, "Promote this run", "promote", words)


def _show_gates(contest: Contest) -> None:
    rows = [
        {"Gate": gate.name, "Open": "✓ open" if gate.passed else "✗ shut", "Because": gate.reason}
        for gate in contest.gates
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
    if contest.shut:
        st.error(f"Shut: {', '.join(contest.shut)}.", icon=":material/block:")
    else:
        st.success(f"All {len(contest.gates)} gates are open.", icon=":material/check:")
    with st.expander("What its segments would be called"):
        st.dataframe(contest.segments, hide_index=True, width="stretch")


def _ask_exceptions(contest: Contest, differences: dict[str, str]) -> list[str]:
    """What is said for a run that does not pass, or is of other data: both are recorded."""
    words = []
    if contest.shut:
        reason = st.text_input("Reason to promote it all the same", help="It is recorded with the promotion.")
        if reason.strip():
            words += ["force=true", f"reason={_quote(reason.strip())}"]
    if differences and st.checkbox("It is the same shop all the same"):
        words.append(f"accept=[{','.join(differences)}]")
    return words


def _quote(text: str) -> str:
    """A text as Hydra reads it, whatever is in it."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def _explain_refusal(contest: Contest, differences: Sequence[str], words: Sequence[str]) -> str:
    if contest.shut and "force=true" not in words:
        return "Promoting is off: a gate is shut. Choose another run, or give the reason to promote this one."
    if differences and not any(word.startswith("accept=") for word in words):
        return (
            "Promoting is off: the data is not like the champion's. Choose another run, or accept it above."
        )
    return ""


def _show_again(settings: DashboardSettings, run: LoggedRun) -> None:
    st.header("Run this again")
    st.write("With the same choices, as a run of its own: it says what is alike and what is not.")
    typed = st.text_input(
        "With other choices", placeholder="seed=1 evaluate=full", help="As on the command line: key=value."
    )
    words = [f"again={run.run_id[:SHOWN_ID]}", *_split(typed)]
    show_line(settings, "run", words)
    offer_process(settings, "Run this again", "run", words)


def _split(typed: str) -> list[str]:
    """Words of choices; nothing that would keep the run elsewhere or start several."""
    try:
        words = shlex.split(typed)
    except ValueError:
        st.warning("A quotation mark is not closed.")
        return []
    kept = [word for word in words if "=" in word and not word.lstrip("+~").startswith(("tracking", "hydra"))]
    if len(kept) < len(words):
        st.warning("Only choices such as seed=1 are taken here; for others use the command line.")
    return kept
