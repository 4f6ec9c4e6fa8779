"""The model card: what a promoted model is, what speaks for it, and what it must not be taken for."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import nan
from typing import Final

import pandas as pd

from segmentlab.evaluation import MEASURES, Gate, LoggedRun, Measure, describe_data, read_fired_codes
from segmentlab.report.wording import describe_truth, format_amount, format_count, format_percent

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


def write_model_card(card: ModelCard, measures: Sequence[Measure] = MEASURES) -> str:
    """The card as Markdown."""
    run, total = card.run, max(int(card.segments["customers"].sum()), 1)
    sizes = [
        [
            str(row["number"]),
            row["name"],
            format_count(row["customers"]),
            format_percent(row["customers"] / total),
            describe_truth(row.get("truth", nan)),
        ]
        for row in card.segments.to_dict("records")
    ]
    lines = [
        f"# {card.title}",
        card.decision,
        "## What",
        f"Run {run.name} ({run.run_id}): {_list_card_choices(run)}. SHA-256 of the model: {card.digest}.",
        _write_markdown_table(["number", "segment", "customers", "share", "its name is"], sizes),
        "## Data",
        f"{describe_data([run])[0]}, SHA-256 {run.tags['data.digest']}.",
        "## Evidence",
        _write_markdown_table(
            ["gate", "open", "because"], [[g.name, _write_yes_or_no(g.passed), g.reason] for g in card.gates]
        ),
        _write_markdown_table(
            ["measure", "value"],
            [[one.name, format_amount(run.metric(one.name))] for one in measures if "card" in one.shown],
        ),
        "## Identity of segments",
        describe_identity(card.identity),
        "## Limits",
        "\n".join(f"- {limit}" for limit in _describe_card_limits(run)),
    ]
    return "\n\n".join(lines) + "\n"


def describe_identity(identity: pd.DataFrame) -> str:
    """Which segments kept their number, which are new, and which are gone."""
    kept = identity.dropna(subset=["segment", "before"])
    new = identity[identity["before"].isna()]["number"]
    gone = identity[identity["segment"].isna()]["before"]
    told = [f"{row['number']} ({format_percent(row['overlap'])} alike)" for row in kept.to_dict("records")]
    parts = {"Kept": told, "New": new.astype(str).tolist(), "Gone": gone.astype(str).tolist()}
    return " ".join(f"{name}: {', '.join(numbers)}." for name, numbers in parts.items() if numbers)


def _list_card_choices(run: LoggedRun) -> str:
    return ", ".join(f"{name}={run.params[name]}" for name in CARD_CHOICES if name in run.params)


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


def _write_yes_or_no(passed: bool) -> str:
    return "yes" if passed else "**no**"


def _write_markdown_table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    cells = [headings, ["-"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in row)} |" for row in cells)
