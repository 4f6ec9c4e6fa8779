"""How many examples a property is tried on: few in every run, all where somebody asks for them.

`SEGMENTLAB_EXAMPLES=all make test ARGS="-m hypothesis"` tries all, which takes a quarter of an hour.
"""

import os
from typing import Final

from hypothesis import settings

TRY_ALL: Final = os.environ.get("SEGMENTLAB_EXAMPLES") == "all"


def count_examples(most: int) -> int:
    """All of so many, or a quarter of them."""
    return most if TRY_ALL else max(3, most // 4)


def draw_examples(most: int) -> settings:
    """The same for one property; none has a deadline: a busy machine is no defect."""
    return settings(max_examples=count_examples(most), deadline=None)
