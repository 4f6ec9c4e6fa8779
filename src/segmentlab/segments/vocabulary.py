"""The words of one language, and the conditions of its names: `conf/names` is written in these terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import isnan
from typing import Any, Final

from segmentlab.errors import ConfigError
from segmentlab.segments.signals import FLAG_UNIT
from segmentlab.segments.states import NameRules

OTHER_WORDS, OTHER_FLAG = "other", "other_flag"  # the words for features that have none of their own
RULE_PARTS: Final = {"when", "actions"}


@dataclass(frozen=True)
class Point:
    """Where a segment stands in one dimension: its median, and the share of all customers that it outdoes."""

    dimension: str
    value: float
    position: float
    feature: str = (
        ""  # in words, where the dimension is a feature; those of purchases have their own sentences
    )
    unit: str = ""


@dataclass(frozen=True)
class Vocabulary:
    """Rules see what a customer is like and never a segment's number, so a name survives another seed.

    A name has a condition on the customer (`when`) and what to do (`actions`). `quantities` say a bound in
    words, `dimensions` what a segment's median customer is like, where no name is true of most.
    """

    dimensions: Mapping[str, Mapping[str, Any]]
    features: Mapping[str, Sequence[str]]
    feature_reason: str
    feature_short: str
    flag_reason: str
    flag_short: str
    average: str
    customers: str
    apart: str
    noise: str
    true_of: str
    no_name: str
    by_state: str
    quantities: Mapping[str, Mapping[str, str]]
    rules: Mapping[str, Mapping[str, Any]]

    def __post_init__(self) -> None:
        for name, rule in self.rules.items():
            if set(rule) != RULE_PARTS:
                raise ConfigError(f"names.rules.{name} has {', '.join(rule)}; expected when and actions.")
        for name, bounds in self.conditions.bounds.items():
            for quantity, bound in bounds.items():
                for end in self._list_missing_words(quantity, *bound):
                    raise ConfigError(
                        f"names.quantities.{quantity}.{end} is missing: names.rules.{name} has such a bound, "
                        "and nobody could say why a segment has the name."
                    )

    @cached_property
    def conditions(self) -> NameRules:
        """What has to be true of a customer, by name."""
        return NameRules(
            {
                name: {
                    quantity: tuple(bound) if isinstance(bound, list) else bound
                    for quantity, bound in rule["when"].items()
                }
                for name, rule in self.rules.items()
            }
        )

    def explain(self, name: str, share: float) -> str:
        """Of how many a name is true, and what that means."""
        told = [self._say_bound(quantity, *bound) for quantity, bound in self.conditions.bounds[name].items()]
        return f"{self.true_of.format(share=share)}: {', '.join(told)}"

    def _list_missing_words(self, quantity: str, low: float | None, high: float | None) -> list[str]:
        words = self.quantities.get(quantity, {})
        if low == high and "exactly" in words:
            return []
        return [
            end for end, value in (("least", low), ("most", high)) if value is not None and end not in words
        ]

    def _say_bound(self, quantity: str, low: float | None, high: float | None) -> str:
        words = self.quantities[quantity]
        if low == high and "exactly" in words:
            return words["exactly"].format(value=low)
        if low is not None and high is not None and "between" in words:
            return words["between"].format(low=low, high=high)
        ends = {"least": low, "most": high}
        return ", ".join(words[end].format(value=value) for end, value in ends.items() if value is not None)

    def level(self, point: Point) -> str | None:
        """In which third of all customers: low, middle or high, in the words of the dimension."""
        if not point.feature:
            words = self.dimensions[point.dimension].get("levels")
        else:
            own = point.feature.replace(" ", "_")
            words = (
                self.features.get(own)
                or self.features[OTHER_FLAG if point.unit == FLAG_UNIT else OTHER_WORDS]
            )
        if not words or isnan(point.position):
            return None
        word: str = words[min(int(3 * point.position), 2)]
        return word.format(feature=point.feature)

    def reason(self, point: Point) -> str | None:
        """A part of a sentence that tells the median and where it stands; nothing where it is not known."""
        return None if isnan(point.value) else self._told("reason", point)

    def short(self, point: Point) -> str:
        """The median in few words."""
        return self._told("short", point)

    def _told(self, how: str, point: Point) -> str:
        if not point.feature:
            template = self.dimensions[point.dimension][how]
        elif how == "reason":
            template = self.flag_reason if point.unit == FLAG_UNIT else self.feature_reason
        else:
            template = self.flag_short if point.unit == FLAG_UNIT else self.feature_short
        told = template.format(
            value=point.value, position=point.position, feature=point.feature, unit=point.unit
        )
        return " ".join(told.split())
