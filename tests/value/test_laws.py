"""The laws of orders: slopes of likelihoods, probabilities that add up, and no extreme that breaks them."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.value import BgNbd, MbgNbd, OrderTimes, ParetoNbd, collapse_histories

LAWS = [BgNbd(0.25, 4.4, 0.8, 2.4), MbgNbd(0.5, 6.2, 0.9, 1.6), ParetoNbd(0.55, 10.6, 0.6, 11.7)]
ODD_LAWS = [
    BgNbd(0.3, 50.0, 1e3, 1e4),
    BgNbd(1e-4, 1.0, 1e-3, 1e-3),
    MbgNbd(0.5, 50.0, 1.0, 1.6),
    MbgNbd(50.0, 1.0, 300.0, 0.01),
    ParetoNbd(0.5, 50.0, 1.0, 1e-3),
    ParetoNbd(2.0, 0.5, 1e-3, 500.0),
]
Law = BgNbd | MbgNbd | ParetoNbd


def name_of(law: Law) -> str:
    return repr(law)


def make_times(*rows: tuple[float, float, float]) -> OrderTimes:
    return collapse_histories(pd.DataFrame(rows, columns=["repeats", "recency", "age"]))[0]


USUAL = make_times((0, 0, 39), (0, 0, 2), (1, 1, 39), (2, 30, 38.9), (7, 20, 25), (29, 38, 38), (3, 9, 9))
EXTREME = make_times((5000, 700, 700), (5000, 10, 700), (0, 0, 0), (1, 1, 1), (0, 0, 7000), (1, 0.001, 3000))


@pytest.mark.parametrize("law", LAWS, ids=name_of)
def test_slopes_are_those_of_the_likelihood(law: Law) -> None:
    parameters = np.array(list(vars(law).values())) * 1.2
    slopes = law.compute_likelihood(parameters, USUAL)[1]
    for place, parameter in enumerate(parameters):
        step = np.eye(4)[place] * parameter * 1e-5
        above, below = (law.compute_likelihood(parameters + sign * step, USUAL)[0] for sign in (1, -1))
        np.testing.assert_allclose(slopes[:, place], (above - below) / (2e-5 * parameter), atol=1e-4)


@pytest.mark.parametrize("law", [*LAWS, *ODD_LAWS], ids=name_of)
def test_probabilities_add_up_and_their_mean_is_what_is_expected(law: Law) -> None:
    chances = law.count_orders(USUAL, 39.0, 2_000)
    assert (chances >= 0).all()
    np.testing.assert_allclose(chances.sum(axis=1), 1, atol=1e-6)
    expected = law.expect_orders(USUAL, 39.0)
    np.testing.assert_allclose(chances @ np.arange(2_001), expected, rtol=2e-3, atol=1e-9)


@pytest.mark.parametrize("law", [*LAWS, *ODD_LAWS], ids=name_of)
def test_nothing_is_missing_in_extremes(law: Law) -> None:
    value, slopes = law.compute_likelihood(np.array(list(vars(law).values())), EXTREME)
    alive, expected = law.compute_alive(EXTREME), law.expect_orders(EXTREME, 365.0)
    assert np.isfinite(value).all()
    assert np.isfinite(slopes).all()
    assert ((alive >= 0) & (alive <= 1)).all()
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd])
def test_expected_orders_pass_smoothly_where_the_formula_divides_by_nothing(kind: type[BgNbd]) -> None:
    near = [kind(0.5, 50.0, a, 1.6).expect_orders(EXTREME, 365.0) for a in (1 - 1e-5, 1.0, 1 + 1e-5)]
    np.testing.assert_allclose(near[0], near[1], rtol=1e-4)
    np.testing.assert_allclose(near[2], near[1], rtol=1e-4)


def test_the_integral_over_lifetimes_is_the_published_form() -> None:
    """Fader and Hardie's, with two hypergeometric functions."""
    from scipy.special import gammaln, hyp2f1

    law, times = ParetoNbd(0.553, 10.578, 0.606, 11.669), USUAL
    r, alpha, s, beta = vars(law).values()
    whole = r + s + times.repeats

    def part(moment: np.ndarray) -> np.ndarray:
        gap = (beta - alpha) / (beta + moment)
        return hyp2f1(whole, r + times.repeats, whole + 1, gap) / (beta + moment) ** whole

    left = s / whole * (part(times.recency) - part(times.age))
    stays = (alpha + times.age) ** -(r + times.repeats) * (beta + times.age) ** -s
    start = gammaln(r + times.repeats) - gammaln(r) + r * np.log(alpha) + s * np.log(beta)
    found = law.compute_likelihood(np.array([r, alpha, s, beta]), times)[0]
    np.testing.assert_allclose(found, start + np.log(stays + left), atol=1e-6)
    np.testing.assert_allclose(law.compute_alive(times), stays / (stays + left), atol=1e-6)


def test_who_came_once_may_have_left_by_one_law_only() -> None:
    once = make_times((0, 0, 300))
    assert BgNbd(0.25, 4.4, 0.8, 2.4).compute_alive(once) == 1
    assert MbgNbd(0.25, 4.4, 0.8, 2.4).compute_alive(once) < 0.8


@pytest.mark.parametrize("make", [BgNbd, MbgNbd, ParetoNbd])
@given(
    parameters=st.tuples(*[st.floats(-6, 6)] * 4),
    repeats=st.integers(0, 400),
    age=st.floats(0, 3_000),
    part=st.floats(0, 1),
    horizon=st.floats(0.5, 1_000),
)
def test_silence_never_speaks_for_a_customer(
    make: Callable[..., Law],
    parameters: tuple[float, ...],
    repeats: int,
    age: float,
    part: float,
    horizon: float,
) -> None:
    """Whatever the law: the longer nobody came, the less is expected; and nothing is ever missing."""
    law = make(*np.exp(parameters))
    recency = age * part if repeats else 0.0
    times = make_times((repeats, recency, age), (repeats, recency, age + 30))
    expected = law.compute_alive(times) * law.expect_orders(times, horizon)
    assert np.isfinite(expected).all()
    assert (expected >= 0).all()
    if repeats == 0 and isinstance(law, ParetoNbd):
        return
    assert expected[1] <= expected[0] * (1 + 1e-3) + 1e-9
