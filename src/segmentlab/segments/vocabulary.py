"""The words of one language, and the rules that choose among them: `conf/names` is written in these terms."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan, nan
from typing import Any

from segmentlab.errors import ConfigError
from segmentlab.segments.signals import FLAG_UNIT

OTHER_WORDS, OTHER_FLAG = "other", "other_flag"  # the words for features that have none of their own


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
    """Rules see what a segment is like and never its number, so a name survives another seed."""

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
    rules: Mapping[str, Mapping[str, Any]]

    def __post_init__(self) -> None:
        for name, rule in self.rules.items():
            if set(rule) != {"when", "actions"}:
                raise ConfigError(f"names.rules.{name} has {', '.join(rule)}; expected when and actions.")
            for dimension, bounds in rule["when"].items():
                if len(bounds) != 2 or bounds[0] > bounds[1]:
                    raise ConfigError(
                        f"names.rules.{name}.when.{dimension}={bounds}: expected a lower and an upper bound, "
                        "as in [0.5, 1]."
                    )

    def rule(self, points: Mapping[str, Point]) -> str | None:
        """The name of the first rule whose every bound holds; what is not known holds no bound."""
        for name, rule in self.rules.items():
            bounds = rule["when"].items()
            places = {each: points[each].position if each in points else nan for each, _ in bounds}
            if all(low <= places[each] <= high for each, (low, high) in bounds):
                return name
        return None

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
