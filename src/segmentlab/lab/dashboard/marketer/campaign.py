"""A list for a campaign: whom to write to, whom to leave alone by chance, and what can be learnt from it."""

from pathlib import Path
from typing import Any, Final

import streamlit as st

from segmentlab.campaigns import CampaignPlan, join_products, list_contacts
from segmentlab.errors import ConfigError
from segmentlab.evaluation import LoggedRun
from segmentlab.lab.cli import plan_known_campaign
from segmentlab.lab.config import compose_setup, list_options
from segmentlab.lab.dashboard.choice import choose_run
from segmentlab.lab.dashboard.look import show_figures
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import find_taken, look_at_goal, open_shop, read_all_offers
from segmentlab.lab.dashboard.tables import offer_download, show_report_table, show_table
from segmentlab.lab.dashboard.trouble import escape_markdown
from segmentlab.lab.experiment import build_rules, plan_from_view
from segmentlab.report import describe_left_out, describe_power, make_plan_table

PLANNED: Final = "campaign_choices"


def show(settings: DashboardSettings) -> None:
    """Choices, the plan, its lists, and how to keep it."""
    run = choose_run(settings)
    st.title("Campaign")
    st.caption(
        "Some of the people are left alone by chance: only the difference between them and the others "
        "tells what the campaign brought."
    )
    _ask_choices()
    choices = st.session_state.get(PLANNED)
    if choices is None:
        return
    rules = build_rules(**choices)
    view = look_at_goal(settings, run.run_id, choices["goal"], choices["days"])
    taken = find_taken(settings, rules.name, view.start, choices["days"])
    plan = plan_from_view(rules, view, taken["customer_id"])
    _show_plan(plan, [*view.notes])
    _offer_lists(settings, run, plan)
    _show_keeping(settings, run, choices)


def _ask_choices() -> None:
    """A form: nothing is computed while somebody is still choosing."""
    titles = {
        path.stem: path.read_text(encoding="utf-8").splitlines()[0].lstrip("# ")
        for path in list_options("goal")
    }
    with st.form("campaign"):
        goal = st.selectbox(
            "Goal", list(titles), index=list(titles).index("win_back"), format_func=titles.__getitem__
        )
        left, middle, right = st.columns(3)
        name = left.text_input(
            "Name", value="spring", help="Letters, digits, _ and -: it is measured by its name."
        )
        budget = middle.number_input("Budget", min_value=0.0, value=500.0, step=50.0)
        cost = right.number_input("Cost of a contact", min_value=0.0, value=0.5, step=0.1)
        margin = left.number_input("Share of spend that is earned", 0.01, 1.0, 1.0, step=0.05)
        control = middle.number_input("Share left alone", 0.0, 0.9, 0.2, step=0.05)
        days = right.number_input("Days until it is measured", min_value=1, value=60)
        per = left.selectbox("Told apart by", ["segment", "state"])
        if st.form_submit_button("Plan", type="primary"):
            st.session_state[PLANNED] = {
                "name": name, "goal": goal, "budget": budget, "cost": cost, "margin": margin,
                "control": control, "days": days, "per": per,
            }  # fmt: skip


def _show_plan(plan: CampaignPlan, notes: list[str]) -> None:
    left_alone = len(plan.people) - plan.contacts
    figures = [("Contacted", f"{plan.contacts:,}", ""), ("Left alone", f"{left_alone:,}", "")]
    show_figures([*figures, ("To be measured from", str(plan.end), "")])
    show_report_table(make_plan_table(plan))
    for text in (*describe_left_out(plan), *notes, *describe_power(plan)):
        st.markdown(escape_markdown(text))


def _offer_lists(settings: DashboardSettings, run: LoggedRun, plan: CampaignPlan) -> None:
    people = join_products(plan.people, read_all_offers(settings, run.run_id))
    for channel in plan.rules.channels:
        contacts = list_contacts(people, channel)
        st.subheader(f"To contact by {channel}")
        show_table(contacts)
        offer_download(contacts, f"contacts_{channel}.csv", f"Download {len(contacts):,} contacts")
    offer_download(plan.people, "people.csv", "Download everybody with their group")


def _show_keeping(settings: DashboardSettings, run: LoggedRun, choices: dict[str, Any]) -> None:
    """A list that nobody remembers can't be measured: it is kept by a button, or by the command."""
    shop = open_shop(settings, run.run_id)
    words = [f"{name}={value}" for name, value in choices.items()]
    st.subheader("Remember it")
    st.caption(
        "The history then knows who is in it, so that nobody is in two at once and it can be measured."
    )
    own = [f"model_uri=runs:/{run.run_id}", *words, *shop.words]
    st.code(" ".join(["segmentlab campaign", *own]), language="sh", wrap_lines=True)
    if not settings.write:
        st.caption("The dashboard is read only: the command above does it, or a dashboard with write=true.")
        return
    if st.button("Remember this campaign", type="primary"):
        _remember(settings, own)


def _remember(settings: DashboardSettings, words: list[str]) -> None:
    """What the command does, with the places of this dashboard."""
    config = compose_setup(words, "campaign").config
    config.tracking.uri, config.tracking.experiment = settings.uri, settings.experiment
    config.history, config.output, config.cache_folder = (
        settings.history,
        settings.output,
        settings.cache_folder,
    )
    if config.name is None:
        raise ConfigError("A campaign needs a name.")
    with st.spinner("Planning and remembering ..."):
        plan_known_campaign(config)
    st.success(escape_markdown(f"Remembered. Its lists are in {Path(settings.output) / config.name}."))
