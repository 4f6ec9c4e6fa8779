"""What there is to know of a metric, beside its value."""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import KW_ONLY, dataclass
from functools import cached_property
from typing import Final, Literal, NamedTuple

import pandas as pd

from segmentlab.evaluation.k_rules import HIGHEST, LOWEST, KRule
from segmentlab.modelling import Labels, Points

Better = Literal["higher", "lower"]
Unit = Literal["number", "share", "count", "seconds"]
# `forecasts` is the report's table of what segments say of later days; every other number that a run logs
# stands in the report's table of all metrics.
Place = Literal["terminal", "report", "card", "forecasts"]
# `beside` stands in the ranks on the same data and has no say in them.
RankScope = Literal["space", "data", "beside"]

PLACEHOLDER: Final = re.compile(r"<\w+>")


class Rank(NamedTuple):
    """How the leaderboard ranks by a metric: runs that have it come before those that have only a later one.

    Nothing of it depends on other runs, so that a rank does not change with what else is stored.
    """

    among: RankScope  # runs of one scoring space, or all runs on the same data
    turn: int = 0  # the smaller, the earlier it decides; of equal turns, the next decides between equals
    required: bool = False  # a run without it has no rank
    alike: tuple[str, ...] = ()  # the columns of the leaderboard that runs have to share to be compared
    heading: str | None = None  # where the title is too long for a column
    note: str = ""  # what the comparison's page says of it below the ranks


class KView(NamedTuple):
    """How a metric is looked at over the number of segments."""

    column: str  # of the k table
    rule: KRule | None = None  # how it chooses k; by its direction, unless said otherwise


@dataclass(frozen=True)
class Measure:
    """One metric: what it is called, how it is read, where it is shown, and what it may decide.

    Attributes:
        name: As runs log it. `<...>` stands for a part that differs: `reference/p_<null>` is a family of
            metrics. A name without `/` is logged by no run: it is a column of the k table alone.
        title: As people say it.
        meaning: One sentence on how to read it.
        computed_by: The function that computes it, by its place in the package.
        better: Which way is better; None where neither is.
        unit: What kind of number it is, which decides how it is written.
        interval: Whether a run logs its 95 % interval beside it, as `<name>_low` and `<name>_high`.
        draws: The setting of `evaluate=` that says how much is drawn for it; None where it takes none.
        shown: Where people find it: among the first numbers of terminal and report, on a model's card, in
            the report's table of forecasts.
        rank: How the leaderboard ranks by it, if it does.
        view: How it is looked at over the number of segments, if it is.
        objective: Whether a study may look for it.
        in_trials: Whether every trial of a study has it. An objective that is not in every trial takes
            further fits, so only a study that looks for it computes it.
        compute: The score itself, where it is a simple function of the points and of the labels of those
            who have a segment. Runs, trials and the k table take it from here. Other metrics share work
            (all silhouettes come from one block of distances, both Jaccards from the same resamples) or
            need more than that (fits, later purchases), so theirs is where `computed_by` says.
    """

    name: str
    title: str
    meaning: str
    computed_by: str
    _: KW_ONLY
    better: Better | None = None
    unit: Unit = "number"
    interval: bool = False
    draws: str | None = None
    shown: tuple[Place, ...] = ()
    rank: Rank | None = None
    view: KView | None = None
    objective: bool = False
    in_trials: bool = False
    compute: Callable[[Points, Labels], float] | None = None

    def __post_init__(self) -> None:
        if self.better is None and (self.rank or self.objective):
            raise ValueError(f"{self.name} is a rank or an objective, so it needs a direction: better=...")

    @property
    def family(self) -> str:
        """What kind of evidence it is: `stability` of `stability/jaccard_min`."""
        return self.name.partition("/")[0]

    @property
    def short_name(self) -> str:
        """The name without its family: `jaccard_min` of `stability/jaccard_min`."""
        return self.name.partition("/")[2] or self.name

    @property
    def plain_name(self) -> str:
        """The short name in letters and blanks: `davies bouldin` of `separation/davies_bouldin`."""
        return self.short_name.replace("_", " ")

    @property
    def logged(self) -> bool:
        """Whether runs log it; if not, it is a column of the k table alone."""
        return "/" in self.name

    @property
    def names(self) -> tuple[str, str, str]:
        """Its own name and those of the ends of its interval."""
        return self.name, f"{self.name}_low", f"{self.name}_high"

    @property
    def sign(self) -> int:
        """What to multiply its values by so that more is better."""
        return -1 if self.better == "lower" else 1

    @property
    def heading(self) -> str:
        """Above a column of the leaderboard."""
        return (self.rank.heading if self.rank else None) or self.title

    @property
    def k_rule(self) -> KRule:
        """How its view over k chooses."""
        by_direction = LOWEST if self.better == "lower" else HIGHEST
        return (self.view.rule if self.view else None) or by_direction

    def find_reach(self, metrics: Mapping[str, float]) -> tuple[float, float]:
        """The worst and the best that the interval allows; twice the value where none is known."""
        value, low, high = (metrics.get(name, math.nan) for name in self.names)
        worst, best = (low, high)[:: self.sign]
        return (value if math.isnan(worst) else worst), (value if math.isnan(best) else best)

    def choose_k(self, table: pd.DataFrame) -> int | None:
        """The k that it chooses in a table indexed by k; None where it chooses none."""
        column, choose = self.view.column if self.view else self.name, self.k_rule.choose
        if choose is None or column not in table or table[column].isna().all():
            return None
        return choose(table, column)

    def matches(self, name: str) -> bool:
        """Whether a logged name is this metric, one of its family, or an end of its interval."""
        return bool(self._pattern.fullmatch(name))

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        fixed = map(re.escape, PLACEHOLDER.split(self.name))
        return re.compile("[^/]+".join(fixed) + ("(_low|_high)?" if self.interval else ""))
