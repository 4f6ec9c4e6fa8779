"""What the laws of all parts share: examples, refusals, and names for classes that are to be stored."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from hypothesis import HealthCheck, settings

from segmentlab.errors import SegmentLabError
from segmentlab.lab.names import CACHED_PARTS, RECIPE_PARTS, declare_packages, list_plugin_packages
from segmentlab.lab.tracking import pack, unpack

STORED_PARTS: Final = (*CACHED_PARTS, *RECIPE_PARTS)


def draw_examples(count: int) -> settings:
    """Draw so many examples. None has a deadline: a busy machine is no defect."""
    slow = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    return settings(max_examples=count, deadline=None, suppress_health_check=slow)


@contextmanager
def expect_refusal(kind: type[SegmentLabError], message: str) -> Iterator[None]:
    """The block has to end in an error of this kind whose message matches."""
    told = None
    try:
        yield
    except kind as error:
        told = str(error)
    assert told is not None, f"nothing was refused; a {kind.__name__} was expected that says '{message}'"
    assert re.search(message, told), f"the error should say '{message}', and says: {told}"


@contextmanager
def declare_module_of(part: object) -> Iterator[None]:
    """While the block lasts, the part can be stored as if its module were declared in conf/plugins.yaml."""
    before, module = list_plugin_packages(), type(part).__module__
    declare_packages(before if module.startswith("segmentlab.") else [*before, module])
    try:
        yield
    finally:
        declare_packages(before)


def check_copy(part: object) -> None:
    """A copy that was stored and read again is equal."""
    with declare_module_of(part):
        again = unpack(pack(part), STORED_PARTS)
    assert again == part, f"a copy of {part} differs from it: make its class a frozen dataclass"
