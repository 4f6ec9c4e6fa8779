"""What a check is, what it looks at and finds, and the list of all checks there are."""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Final, Literal, TypeVar

import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.logged_run import CHECKS_TAG, ERRORS_TAG
from segmentlab.modelling import Labels, NormalScores, SignedLog, Transformer, list_single_steps

Severity = Literal["error", "warning"]


@dataclass(frozen=True)
class Finding:
    """What a check has found. An error keeps a model from being promoted; a warning has to be read.

    Attributes:
        code: The code of the check.
        title: What is wrong, in a few words.
        severity: `error` or `warning`.
        evidence: How one knows.
        advice: What to do.

    Example:
        >>> import segmentlab as sl
        >>> found = sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=3)
        >>> [finding.code for finding in found.checks]
        ['SEG008']
    """

    code: str
    title: str
    severity: Severity
    evidence: str
    advice: str


@dataclass(frozen=True)
class CheckedSegments:
    """What the checks look at: a row of features and a label per customer, and what was measured of them.

    `names` are those of the segments, and `money` has what each customer paid (`gross`), brought back
    (`returned`) and kept (`net`), where these are known.
    """

    features: pd.DataFrame
    labels: Labels
    evidence: Evidence
    metrics: Mapping[str, float]
    preparation: Transformer | None = None  # of the features; None where nobody says
    names: Mapping[int, str] = field(default_factory=dict)
    money: pd.DataFrame | None = None

    @property
    def has_logarithms(self) -> bool:
        """Whether all features were prepared by their logarithms."""
        return any(isinstance(step, SignedLog) and step.logged_.all() for step in self._steps)

    @property
    def has_ranks(self) -> bool:
        """Whether only the order of customers counts in the features as they were prepared."""
        return any(isinstance(step, NormalScores) for step in self._steps)

    @property
    def _steps(self) -> tuple[Transformer, ...]:
        return () if self.preparation is None else tuple(list_single_steps(self.preparation))

    def name_segment(self, segment: int) -> str:
        """What a finding calls a segment: its name in quotes, or its number where it has none yet."""
        return f"'{self.names[segment]}'" if segment in self.names else f"segment {segment}"


class Check(ABC):
    """One thing that may be wrong with segments, how one knows, and what to do about it.

    A check says what it is at its top, and `look` says where it is so. What was not measured is no
    finding: then a check is silent, and its gate, which asks for the metrics it `needs`, stays shut.

    Attributes:
        code: Capital letters and three digits. `SEG` is SegmentLab's own; take other letters for yours.
        title: What is wrong, in a few words.
        fires_when: The condition as the documentation has it, in words and numbers.
        advice: What to do, as a sentence. Names in braces are filled in by `make_finding`.
        gate: The gate of promotion that it shuts. A check with a gate is an error, one without a warning.
        needs: A metric, or a pattern of several, that has to be measured before its gate opens.

    Example:
        >>> from segmentlab.evaluation import Check, register_check
        >>> @register_check
        ... class TooManySegments(Check):
        ...     code = "ACME001"
        ...     title = "More segments than we can serve"
        ...     fires_when = "there are more than eight segments"
        ...     advice = "Choose fewer segments."
        ...
        ...     def look(self, segments):
        ...         count = segments.metrics.get("segments/count", 0)
        ...         if count > 8:
        ...             yield self.make_finding(f"There are {count:.0f} segments, and eight campaigns.")
    """

    code: ClassVar[str]
    title: ClassVar[str]
    fires_when: ClassVar[str]
    advice: ClassVar[str]
    gate: ClassVar[str] = ""
    needs: ClassVar[str] = ""

    @property
    def severity(self) -> Severity:
        """An error shuts a gate; a warning shuts none."""
        return "error" if self.gate else "warning"

    @abstractmethod
    def look(self, segments: CheckedSegments) -> Iterator[Finding]:
        """Yield a finding for each place where it is so; none where all is well or nobody measured."""

    def make_finding(self, evidence: str, **words: str) -> Finding:
        """A finding of this check: `evidence` is a sentence, `words` fill the braces of the advice."""
        advice = self.advice.format(**words) if words else self.advice
        return Finding(self.code, self.title, self.severity, evidence, advice)


OWN_LETTERS: Final = "SEG"
NEEDED_ATTRIBUTES: Final = ("code", "title", "fires_when", "advice")

_CHECKS: Final[dict[tuple[str, str], Check]] = {}  # by code and title: two meanings may share a code

CheckClass = TypeVar("CheckClass", bound=type[Check])


def register_check(kind: CheckClass) -> CheckClass:
    """Have every run look with this check, and promotion heed its gate. Use it as a decorator.

    Args:
        kind: The class. One of the same code and title takes the place of the one before it.

    Returns:
        The class as it was given.

    Raises:
        ConfigError: It lacks an attribute, or its code can't be told from others.

    Example:
        >>> import segmentlab as sl
        >>> @sl.register_check
        ... class NoSegments(sl.Check):
        ...     code = "ACME002"
        ...     title = "Nobody to write to"
        ...     fires_when = "there is no customer"
        ...     advice = "Wait for customers."
        ...
        ...     def look(self, segments):
        ...         if segments.features.empty:
        ...             yield self.make_finding("There is nobody.")
    """
    missing = [name for name in NEEDED_ATTRIBUTES if not getattr(kind, name, None)]
    if missing:
        raise ConfigError(f"The check {kind.__name__} has no {', '.join(missing)}: give it at its top.")
    if not re.fullmatch("[A-Z]+[0-9]{3}", kind.code):
        raise ConfigError(f"The check {kind.__name__} has the code '{kind.code}': write one such as ACME001.")
    if kind.code.startswith(OWN_LETTERS) and not kind.__module__.startswith("segmentlab."):
        raise ConfigError(
            f"The check {kind.__name__} has the code {kind.code}, and {OWN_LETTERS} marks SegmentLab's own "
            "checks: take other letters, such as ACME001."
        )
    _CHECKS[kind.code, kind.title] = kind()
    return kind


def list_checks() -> list[Check]:
    """Every check there is, in the order of the codes."""
    return sorted(_CHECKS.values(), key=lambda check: check.code)


def run_checks(segments: CheckedSegments) -> list[Finding]:
    """Every finding, in the order of the codes."""
    return [finding for check in list_checks() for finding in check.look(segments)]


# What a run keeps of its findings, so that others can be told of them without its tables.


NOTHING_FIRED: Final = "none"


def write_check_tags(findings: Sequence[Finding]) -> dict[str, str]:
    """The codes that fired, and how many findings are errors."""
    codes = sorted({finding.code for finding in findings})
    errors = sum(finding.severity == "error" for finding in findings)
    return {CHECKS_TAG: ",".join(codes) or NOTHING_FIRED, ERRORS_TAG: str(errors)}


def read_fired_codes(tags: Mapping[str, str]) -> set[str] | None:
    """The codes that fired in a run; None where nothing was checked."""
    return set(tags[CHECKS_TAG].split(",")) - {NOTHING_FIRED} if CHECKS_TAG in tags else None
