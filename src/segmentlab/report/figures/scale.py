"""How the values of a feature are laid along an axis, so that a long tail does not hide the many."""

from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.features.contract import Column

SHOWN: Final = {True: (0.001, 0.999), False: (0.01, 0.99)}  # of customers, on logarithmic and on other axes
MOST_TICKS: Final = 5
MARKS: Final = tuple(step * 10.0**power for power in range(10) for step in (1, 3))

Numbers = npt.NDArray[np.float64]


class Scale(NamedTuple):
    """The ends of an axis, as positions, and whether a position is the logarithm of one more."""

    low: float
    high: float
    logarithmic: bool

    def positions(self, values: pd.Series) -> Numbers:
        """Where values lie; what is beyond an end lies on it."""
        numbers = values.to_numpy(dtype=np.float64)
        return np.asarray(np.clip(np.log1p(numbers) if self.logarithmic else numbers, self.low, self.high))

    def axis(self, most: int = MOST_TICKS) -> dict[str, object]:
        """The range of the axis, with ticks in the feature's own unit."""
        room = 0.03 * (self.high - self.low)
        ends: dict[str, object] = {"range": [self.low - room, self.high + room]}
        if not self.logarithmic:
            return {**ends, "nticks": most}
        marks = [0.0, *MARKS]
        seen = [mark for mark in marks if self.low - room <= np.log1p(mark) <= self.high + room]
        if len(seen) > most:
            seen = [mark for mark in seen if f"{mark:.0f}"[0] != "3"]
            seen = seen[:: -(-len(seen) // most)]
        return {**ends, "tickvals": np.log1p(seen).tolist(), "ticktext": [short(mark) for mark in seen]}


def scale_of(values: pd.Series, column: Column) -> Scale:
    """Logarithmic where the feature's set suggests it; the very lowest and highest lie on the ends."""
    logarithmic = column.transform == "log" and bool(values.min() >= 0)
    low, high = (float(values.quantile(share)) for share in SHOWN[logarithmic])
    if low == high:  # nearly everybody has one value: show what the others have
        low, high = float(values.min()), float(values.max())
    if low == high:
        low, high = low - 0.5, high + 0.5
    if logarithmic:
        low, high = np.log1p([max(low, 0.0), high]).tolist()
    return Scale(low, high, logarithmic)


def short(number: float) -> str:
    """A round number for a narrow place: `300`, `10k`, `3M`."""
    for size, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"
