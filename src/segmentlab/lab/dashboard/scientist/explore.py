"""A laboratory: move the number of segments, the features, the model, and watch the evidence come in."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

import pandas as pd
import streamlit as st

from segmentlab.evaluation import find_measure
from segmentlab.lab.config import Option, list_options, read_option_values
from segmentlab.lab.dashboard.scientist.tables import format_metric
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import find_listed_run, list_runs, open_tracker
from segmentlab.lab.dashboard.trouble import escape_markdown, in_words
from segmentlab.lab.experiment import EVIDENCE_KINDS, Exploration, Lab, open_run_data
from segmentlab.modelling import K_PARAMETERS
from segmentlab.report import SHOWN_ID, describe_verdict, format_count, format_percent

FEWEST: Final = 2  # segments
MOST: Final = 12
USUAL: Final = 5
EVERY: Final = 0.5  # seconds between two looks whether evidence has come
LEFT_OUT: Final = ("file", "memory", "database")  # data that takes more than a name
QUICK: Final = "quick"
# What each kind of evidence has told, by its main numbers.
TOLD_BY: Final = {
    "gaps": ("gaps/share", "gaps/groups_found"),
    "calibration": ("calibrated/silhouette_z", "calibrated/davies_bouldin_z"),
    "stability": ("stability/jaccard_min", "stability/jaccard_mean"),
    "seeds": ("stability/seed_agreement",),
    "halves": ("stability/prediction_strength",),
    "null gaussian": ("reference/p_gaussian",),
    "null permuted": ("reference/p_permuted",),
    "null copula": ("reference/p_copula",),
    "usefulness": ("usefulness/spend_r2", "usefulness/buys_again_auc"),
}
SEPARATION: Final = (
    "separation/silhouette",
    "separation/davies_bouldin",
    "separation/coverage",
    "segments/smallest_share",
)


class Bench(NamedTuple):
    """A laboratory of some data, as long as somebody looks at it."""

    source: str
    lab: Lab
    seen: dict[str, Exploration]  # by what was chosen
    tried: list[dict[str, Any]]


def show(settings: DashboardSettings) -> None:
    """Choices on top, the segments as soon as they are found, and their evidence as it comes."""
    st.title("Explore")
    source = _choose_source(settings)
    choices = _ask_choices()
    with in_words():
        bench = _open_bench(settings, source)
        exploration = _explore(bench, choices)
        _show_segments(exploration)
        polling = not exploration.finished
        st.fragment(_show_evidence, run_every=EVERY if polling else None)(exploration, polling)
        st.caption("The command line that does the same:")
        st.code(exploration.found.command, language="bash", wrap_lines=True)
        _show_tried(bench)


def _choose_source(settings: DashboardSettings) -> str:
    """Data of the store's runs, each once and the newest first, and what has a name of its own."""
    names: dict[str, str] = {}
    with in_words():
        seen = set()
        for run in list_runs(settings):
            digest = run.tags.get("data.digest", run.run_id)
            if digest not in seen and run.params.get("data") != "memory":
                names[run.run_id] = f"Data of {run.name} ({run.run_id[:SHOWN_ID]})"
            seen.add(digest)
    names |= {
        path.stem: f"Data set {path.stem}" for path in list_options("data") if path.stem not in LEFT_OUT
    }
    return str(st.selectbox("Data", list(names), format_func=names.__getitem__))


def _ask_choices() -> dict[str, Any]:
    """What may be varied. Whatever is touched, the evidence on what was before is no longer gathered."""
    left, middle, right = st.columns(3)
    features = left.multiselect("Features", _list_names("features"), default=["rfm"])
    prepare = middle.selectbox("Preparation", _list_names("prepare", "log_standard"))
    model = right.selectbox("Model", _list_names("model", "kmeans", without="given_labels"))
    parameter = next((name for name in K_PARAMETERS if name in _read_model(model)), None)
    k = st.slider(
        "Number of segments",
        FEWEST,
        MOST,
        USUAL,
        disabled=parameter is None,
        help="With the arrow keys, too." if parameter else f"{model} finds the number by itself.",
    )
    effort = st.radio(
        "Evidence",
        ["standard", "full", QUICK],
        horizontal=True,
        format_func={"standard": "Few draws", "full": "Many draws", QUICK: "None"}.__getitem__,
    )
    chosen = {"features": features or ["rfm"], "prepare": prepare, "model": model, "evaluate": effort}
    return chosen if parameter is None else {**chosen, parameter: k}


def _read_model(model: str) -> Mapping[str, Any]:
    values: Mapping[str, Any] = read_option_values(Option("model", model)).get("model", {})
    return values


def _list_names(group: str, first: str = "", without: str = "") -> list[str]:
    names = sorted(path.stem for path in list_options(group) if path.stem != without)
    return sorted(names, key=lambda name: name != first)


def _open_bench(settings: DashboardSettings, source: str) -> Bench:
    """The laboratory that is open, or another one in its place."""
    known: Bench | None = st.session_state.get("bench")
    if known is not None and known.source == source:
        return known
    if known is not None:
        known.lab.close()
        del st.session_state["bench"]
    own = {"cache_folder": settings.cache_folder}
    if source in {path.stem for path in list_options("data")}:
        lab = Lab(source, settings=own)
    else:
        lab = open_run_data(open_tracker(settings), find_listed_run(settings, source), own)
    st.session_state["bench"] = Bench(source, lab, {}, [])
    opened: Bench = st.session_state["bench"]
    return opened


def _explore(bench: Bench, choices: Mapping[str, Any]) -> Exploration:
    """What was explored before is there at once, with the evidence that it got."""
    key = str(sorted(choices.items()))
    if key not in bench.seen:
        with st.spinner("Reading the data, and finding the segments ..."):
            bench.seen[key] = bench.lab.explore(**choices)
        found = bench.seen[key].found
        metrics = bench.seen[key].result.metrics
        bench.tried.append(
            {"Tried": found.name, **{find_measure(one).title: metrics.get(one) for one in SEPARATION}}
        )
    return bench.seen[key]


def _show_segments(exploration: Exploration) -> None:
    profile, metrics = exploration.found.profile, exploration.result.metrics
    slots = st.columns(len(SEPARATION))
    for slot, name in zip(slots, SEPARATION, strict=True):
        measure = find_measure(name)
        value = format_metric(measure, {name: metrics[name]}) if name in metrics else "not available"
        slot.metric(measure.title, value, help=measure.meaning)
    rows = [
        {
            "Segment": row["name"],
            "Customers": format_count(row["customers"]),
            **{
                title: format_percent(row[share])
                for title, share in (("Of customers", "customer_share"), ("Of revenue", "revenue_share"))
                if share in profile
            },
        }
        for row in profile.to_dict("records")
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")


def _show_evidence(exploration: Exploration, polling: bool) -> None:
    """Take what has come; when all is there the page is drawn once more, and asked no longer."""
    with in_words():
        exploration.poll()
    if exploration.finished and polling:
        st.rerun()
    result = exploration.result
    st.subheader("Evidence" if exploration.finished else "Evidence, as it comes in")
    verdict = result.judgement.verdict
    if verdict is not None:
        names = result.profile["name"]
        st.info(escape_markdown(f"{verdict.kind.capitalize()}: {describe_verdict(verdict, names)}"))
    _list_evidence(exploration)
    for finding in result.judgement.checks:
        tell = st.error if finding.severity == "error" else st.warning
        tell(escape_markdown(f"{finding.code} {finding.title}: {finding.evidence} {finding.advice}"))
    notes = result.judgement.evidence.notes
    if exploration.finished and notes:
        st.caption(escape_markdown(" ".join(dict.fromkeys(notes))))


def _list_evidence(exploration: Exploration) -> None:
    """A row for each kind: what it asks, and what it has told so far."""
    metrics, came = exploration.result.metrics, exploration.kinds
    waiting = "" if exploration.finished else "…"
    rows = [
        {
            "Question": question,
            "Answer": _write_answer(metrics, kind) if kind in came else waiting,
        }
        for kind, question in EVIDENCE_KINDS.items()
        if kind in came or not exploration.finished
    ]
    st.table(pd.DataFrame(rows).set_index("Question"))


def _write_answer(metrics: Mapping[str, float], kind: str) -> str:
    told = [
        f"{find_measure(name).title} {format_metric(find_measure(name), metrics)}"
        for name in TOLD_BY[kind]
        if name in metrics
    ]
    return escape_markdown("; ".join(told)) or "not available"


def _show_tried(bench: Bench) -> None:
    if len(bench.tried) > 1:
        st.subheader("Tried so far")
        table = pd.DataFrame(bench.tried)
        st.dataframe(table, hide_index=True, width="stretch")
        st.caption("Silhouettes are comparable only among the same features and preparation.")
