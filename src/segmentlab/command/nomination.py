"""Which run is to be promoted: the one that was asked for, or the best by the leaderboard's rules."""

from collections.abc import Sequence
from dataclasses import dataclass

from segmentlab.command.comparison import find
from segmentlab.comparing.leaderboard import leaderboard
from segmentlab.comparing.logged import LoggedRun
from segmentlab.errors import ConfigError
from segmentlab.report.ranks import SHOWN_ID


@dataclass(frozen=True)
class Nominee:
    """A run, and why it is this one."""

    run: LoggedRun
    why: str


def nominate(runs: Sequence[LoggedRun], run_id: str | None) -> Nominee:
    """The run of that id or name; without one the best across scoring spaces, if all saw the same data."""
    if run_id is not None:
        return Nominee(find(runs, run_id, key="run_id"), "asked for by run_id")
    board = leaderboard(runs)
    ranked = board[board["rank"].notna()]
    if ranked.empty:
        reasons = "; ".join(sorted(set(board["why_no_rank"]) - {""}))
        raise ConfigError(f"No run has a rank across scoring spaces: {reasons}. Or name one with run_id=.")
    best = ranked.groupby("data", sort=False).first()
    if len(best) > 1:
        told = "; ".join(f"{data}: run_id={row['run_id'][:SHOWN_ID]}" for data, row in best.iterrows())
        raise ConfigError(
            f"The runs saw {len(best)} different data, and no rank compares across data. "
            f"Name one, or narrow the choice with filter=. The best of each: {told}."
        )
    chosen = ranked.iloc[0]
    ties = int((ranked["rank"] == chosen["rank"]).sum()) - 1
    shared = f", which it shares with {ties} that rank lower in their space" if ties else ""
    why = f"rank {chosen['rank']} of {len(ranked)} runs on {chosen['data']}{shared}"
    return Nominee(next(run for run in runs if run.run_id == chosen["run_id"]), why)
