"""The model card: what a promoted model is, what speaks for it, and what it must not be taken for."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Final

import pandas as pd

from segmentlab.evaluation import MEASURES, Gate, LoggedRun, Measure, describe_data, read_fired_codes
from segmentlab.report.wording import (
    describe_truth,
    escape_markdown,
    format_amount,
    format_count,
    format_percent,
)

CARD_CHOICES: Final = ("model", "features", "prepare", "projection", "outliers", "one_time", "cleaning")
CARD_MEANING: Final = {
    "natural clusters": "The segments are groups that the data itself shows.",
    "groups, some cut further": "There are groups in the data, and some segments are parts of one group.",
    "groups that the segments do not follow": "There are groups in the data, and the segments are not those.",
    "one group": "The data shows one group.",
    "not decided": "Whether gaps lie between the segments could not be decided.",
    "too small to judge": "The segments hold too few customers to judge their borders.",
    "a partition of a continuum": "The segments cut a continuum: near a border, customers are alike on both "
    "sides of it. Read the confidence.",
    # Of models that were logged by versions before 0.2:
    "no structure": "Data without segments is separated as well: the segments are a convention.",
}


@dataclass(frozen=True)
class ModelCard:
    """What a card is written from."""

    title: str
    decision: str  # who promoted it, when, to what, and why
    run: LoggedRun
    segments: pd.DataFrame  # number, name, customers and, where it is known, truth
    gates: Sequence[Gate]
    identity: pd.DataFrame  # of `modelling.matching.match`
    digest: str
    report: str = ""  # the address of the run's report, where there are pages that have it


def write_model_card(card: ModelCard, measures: Sequence[Measure] = MEASURES) -> str:
    """The card as Markdown of headings, short paragraphs and lists: MLflow's pages show no table."""
    run = card.run
    report = f" [The report of the run]({card.report})." if card.report else ""
    lines = [
        f"# {escape_markdown(card.title)}",
        escape_markdown(card.decision),
        "## What",
        f"Run {escape_markdown(run.name)} (`{run.run_id}`).{report}",
        _write_list([f"{name}: **{escape_markdown(choice)}**" for name, choice in _list_card_choices(run)]),
        "## Segments",
        _write_list(_describe_segments(card.segments)),
        describe_identity(card.identity),
        "## Gates",
        _write_list(
            f"{'passed' if gate.passed else '**not passed**'}, {gate.name}: {escape_markdown(gate.reason)}"
            for gate in card.gates
        ),
        "## Evidence",
        _write_list(
            f"`{one.name}` {format_amount(run.metric(one.name))}" for one in measures if "card" in one.shown
        ),
        "## Limits",
        _write_list(_describe_card_limits(run)),
        "## Data and model",
        f"{escape_markdown(describe_data([run])[0])}.",
        _write_list(
            [f"SHA-256 of the data `{run.tags['data.digest']}`", f"SHA-256 of the model `{card.digest}`"]
        ),
    ]
    return "\n\n".join(line for line in lines if line) + "\n"


def list_evidence_tags(run: LoggedRun, measures: Sequence[Measure] = MEASURES) -> dict[str, str]:
    """What speaks for a model, as tags of its version: the registry's page shows no metric."""
    numbers = {one.name: run.metric(one.name) for one in measures if "card" in one.shown}
    told = {name: run.tags[name] for name in ("verdict", "checks", "data.name") if name in run.tags}
    return told | {name: format_amount(value) for name, value in numbers.items() if not isnan(value)}


def _describe_segments(segments: pd.DataFrame) -> Iterator[str]:
    """A line for each: its number, its name, how many they are and of how many the name is true."""
    total = max(int(segments["customers"].sum()), 1)
    for row in segments.to_dict("records"):
        share = format_percent(row["customers"] / total)
        known = [f"{format_count(row['customers'])} customers", share, describe_truth(row.get("truth", nan))]
        yield f"{row['number']} **{escape_markdown(row['name'])}**: {', '.join(filter(None, known))}"


def describe_identity(identity: pd.DataFrame) -> str:
    """Which segments kept their number, which are new, and which are gone."""
    kept = identity.dropna(subset=["segment", "before"])
    new = identity[identity["before"].isna()]["number"]
    gone = identity[identity["segment"].isna()]["before"]
    told = [f"{row['number']} ({format_percent(row['overlap'])} alike)" for row in kept.to_dict("records")]
    parts = {"Kept": told, "New": new.astype(str).tolist(), "Gone": gone.astype(str).tolist()}
    return " ".join(f"{name}: {', '.join(numbers)}." for name, numbers in parts.items() if numbers)


def _list_card_choices(run: LoggedRun) -> list[tuple[str, str]]:
    return [(name, run.params[name]) for name in CARD_CHOICES if name in run.params]


def _describe_card_limits(run: LoggedRun) -> Iterator[str]:
    verdict, fired = run.tags.get("verdict"), read_fired_codes(run.tags)
    yield CARD_MEANING.get(verdict or "", "Whether the data has groups at all was not looked at.")
    if fired:
        yield f"Checks that fired: {', '.join(sorted(fired))}. The run's report says what they mean."
    coverage = run.metric("separation/coverage")
    if coverage < 1:
        yield f"{format_percent(1 - coverage)} of the customers are in no segment; scores leave them out."
    yield "Segments describe what customers did up to the day of the data. Watch for drift, and fit anew."
    yield "They say what customers did together, not why, and what no feature tells they can't know."


def _write_list(lines: Iterable[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
