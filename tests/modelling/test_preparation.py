"""Transforms of our own."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.utils.estimator_checks import parametrize_with_checks

from segmentlab.modelling.preparation import SignedLog


def test_it_is_log1p_and_mirrors_what_is_negative() -> None:
    values = pd.DataFrame({"money": [0.0, 9.0, -9.0]})
    np.testing.assert_allclose(SignedLog().fit_transform(values).ravel(), [0, np.log1p(9), -np.log1p(9)])


@parametrize_with_checks([SignedLog()])
def test_it_keeps_the_rules_of_scikit_learn(estimator: SignedLog, check: Callable[[SignedLog], None]) -> None:
    check(estimator)
