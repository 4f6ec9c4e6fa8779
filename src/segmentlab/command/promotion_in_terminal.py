"""What a person sees of a promotion: what was looked at, what was decided, and what to type next."""

import pandas as pd
from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from segmentlab.command.contest import Contest
from segmentlab.report.ranks import SHOWN_ID
from segmentlab.report.wording import count, percent

WIDE = 160


def show_contest(contest: Contest) -> None:
    """Which run, which gates, and what its segments are called from now on."""
    console = _console()
    run = contest.run
    champion = contest.champion
    against = (
        "There is no champion yet." if champion is None else f"The champion is version {champion.number}."
    )
    tell(f"Run {run.name} ({run.run_id[:SHOWN_ID]}): {contest.nominee.why}. {against}")
    table = Table(title="Gates", title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    for heading in ("gate", "open", "because"):
        table.add_column(heading)
    for gate in contest.gates:
        table.add_row(gate.name, "yes" if gate.passed else "no", escape(gate.reason))
    console.print(table)
    console.print(_identity(contest))


def tell(text: str) -> None:
    """A line as it is."""
    _console().print(text, markup=False, highlight=False, soft_wrap=True)


def _identity(contest: Contest) -> Table:
    """A row per segment of the run, and one per number that nobody bears any more."""
    title = "Segments by the champion's numbers" if contest.champion else "Segments"
    table = Table(title=title, title_justify="left", box=box.SIMPLE_HEAD, collapse_padding=True)
    for heading in ("number", "segment", "in the run", "shared", "alike", "what it is"):
        table.add_column(heading, justify="left" if heading in ("segment", "what it is") else "right")
    for row in contest.identity.to_dict("records"):
        gone, new = pd.isna(row["segment"]), pd.isna(row["before"])
        number = row["before"] if gone else row["number"]
        name = "" if gone else contest.scorer.names[int(number)]
        known = ["", ""] if gone or new else [count(row["shared"]), percent(row["overlap"])]
        what = "gone" if gone else "new" if new else "kept"
        own = "" if gone else str(row["segment"])
        table.add_row(str(number), escape(name), own, *known, what)
    return table


def _console() -> Console:
    console = Console()
    if not console.is_terminal:
        console.width = WIDE  # a file or a pipe has no edge
    return console
