"""The laws of every check: each that is registered is held to them, unasked."""

from collections.abc import Callable

import pytest

from segmentlab.evaluation.checks.check import Check, list_checks
from segmentlab.testing.checks import CHECK_LAWS


@pytest.mark.parametrize("check", list_checks(), ids=lambda check: f"{check.code} {type(check).__name__}")
@pytest.mark.parametrize("law", CHECK_LAWS, ids=lambda law: law.__name__)
def test_law(law: Callable[[Check], None], check: Check) -> None:
    law(check)
