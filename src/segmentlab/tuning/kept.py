"""What trials have in common: made once, kept within a bound, and forgotten in the order of last use."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import TypeVar, cast

import numpy as np

Made = TypeVar("Made")
GIB = 2**30


class Kept:
    """Answers from memory, or makes the answer; what was asked for longest ago makes room."""

    def __init__(self, memory_gib: float) -> None:
        self.bytes_left = memory_gib * GIB
        self._kept: OrderedDict[Hashable, object] = OrderedDict()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What is kept under the key; made now if nothing is."""
        if key not in self._kept:
            made = make()
            self._kept[key] = made
            self.bytes_left -= size_of(made)
            while self.bytes_left < 0:
                self.bytes_left += size_of(self._kept.popitem(last=False)[1])
            return made
        self._kept.move_to_end(key)
        return cast("Made", self._kept[key])

    def __len__(self) -> int:
        return len(self._kept)


def size_of(thing: object) -> int:
    """The bytes of the arrays in an object, in a tuple or by themselves: all else is small."""
    if isinstance(thing, np.ndarray):
        return thing.nbytes
    parts = thing if isinstance(thing, tuple) else vars(thing).values() if hasattr(thing, "__dict__") else ()
    return sum(part.nbytes for part in parts if isinstance(part, np.ndarray))
