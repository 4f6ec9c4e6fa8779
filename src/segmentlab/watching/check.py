"""What is looked at, how far it may go, and whether it went further."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, fields

import pandas as pd


@dataclass(frozen=True)
class Limits:
    """How far each number may go before somebody should look: `conf/monitor.yaml` says what each is."""

    psi: float
    gap: float
    days_psi: float
    days_gap: float
    alpha: float
    shares: float
    confidence: float
    distance: float
    noise: float
    agreement: float
    ledger: float
    id_shapes: float
    known: float
    prices: float


@dataclass(frozen=True)
class Check:
    """One number against its limit; `at_most` says on which side of the limit all is well."""

    name: str
    value: float  # NaN where it can't be known
    limit: float
    told: str
    at_most: bool = True

    @property
    def fired(self) -> bool:
        """Whether somebody should look. What is not known alarms nobody, and is shown as not known."""
        if math.isnan(self.value):
            return False
        return self.value > self.limit if self.at_most else self.value < self.limit

    @property
    def verdict(self) -> str:
        """In a word."""
        return "not known" if math.isnan(self.value) else "look" if self.fired else "fine"


def check_table(checks: Sequence[Check]) -> pd.DataFrame:
    """One row per check."""
    names = [field.name for field in fields(Check)]
    rows = [{**{name: getattr(check, name) for name in names}, "verdict": check.verdict} for check in checks]
    return pd.DataFrame(rows)[["name", "verdict", "value", "limit", "at_most", "told"]]
