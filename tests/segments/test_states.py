"""States: a name is true of the customer who has it, or nobody has it."""

from collections.abc import Mapping
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentlab.errors import ConfigError
from segmentlab.features import gather_histories
from segmentlab.flow import StepTimer, describe
from segmentlab.flow.result import DescribedCustomers, Standing
from segmentlab.lab.config.build import build_plan, build_source
from segmentlab.segments import NO_STATE, NameRules, choose_states, share_true
from segmentlab.segments.states import QUANTITIES, Bound
from segmentlab.transactions.engines.duckdb import DuckDB
from segmentlab.value import GammaGamma, MbgNbd, ShopLaws
from tests.configs import composed
from tests.segments.described import vocabulary

RULES = vocabulary().conditions
LAWS = ShopLaws(MbgNbd(0.5, 6.0, 0.9, 1.6), GammaGamma(6.2, 3.7, 15.4), 20.0, 60.0, 4.0, best_spent=500.0)
GROCER = ShopLaws(MbgNbd(3.0, 30.0, 0.1, 5.0), GammaGamma(6.2, 3.7, 15.4), 14.0, 42.0, 9.0, best_spent=900.0)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> DescribedCustomers:
    """The generated shop."""
    folder = tmp_path_factory.mktemp("shop")
    config = composed(
        "data=synthetic", "data.customers=1500", f"data.folder={folder}", "evaluate.holdout_days=0"
    )
    return describe(build_plan(config), build_source(config).read(DuckDB().connect()), StepTimer())


@pytest.fixture(scope="module")
def standing(shop: DescribedCustomers) -> Standing:
    """Where its customers stand."""
    assert shop.standing is not None
    return shop.standing


def place(laws: ShopLaws, *people: tuple[float, float, float]) -> pd.DataFrame:
    """Customers by repeats, days from the first order to the last, and days since the first."""
    histories = (
        pd.DataFrame(people, columns=["repeats", "recency", "age"]).astype("float64").assign(spend=30.0)
    )
    return laws.place(histories).assign(season=6.0, to_season=0.0)


def tell(laws: ShopLaws, *people: tuple[float, float, float]) -> list[str]:
    """The state of each."""
    return choose_states(RULES.find_true(laws, place(laws, *people))).tolist()


def write_out(customer: pd.Series, laws: ShopLaws) -> dict[str, bool]:
    """The conditions of english.yaml as a person would say them, one by one."""
    again = customer["orders"] >= 2
    late, lost = customer["waits"] <= 0.1, customer["buys"] <= 0.15
    likely = customer["buys"] >= 0.15
    wait = customer["waits"]
    gap = laws.second_gap
    regular = customer["waits"] >= 0.1 and likely
    years = 1 + round((customer["age"] - customer["silent"]) / 365.25)
    season = customer["orders"] >= 3 and customer["season"] <= 3 and customer["to_season"] >= 1
    return {
        "New": gap is not None and customer["age"] <= min(90, gap),
        "One-time": customer["orders"] == 1,
        "Sleeping by season": season and years >= 2 and customer["silent"] <= 365,
        "Lost": lost,
        "Cannot lose": again and late and likely and customer["spent"] >= laws.best_spent,
        "At risk": again and late and likely,
        "Champions": customer["orders"] >= 4 and customer["score"] >= laws.best_score,
        "Loyal": customer["orders"] >= 4 and regular,
        "Promising": customer["orders"] in (2, 3) and regular,
        "On time": wait >= 0.5,
        "Overdue": wait <= 0.1,
        "Dormant": wait <= 0.5 and customer["buys"] <= 0.5,
        "Returning": again and regular,
    }


def test_every_name_holds_customer_by_customer(standing: Standing) -> None:
    """What the table says is what each condition says of each customer, and the first is the state."""
    true = standing.find_true(RULES)
    states = choose_states(true)
    for who, customer in standing.customers.iterrows():
        told = write_out(customer, standing.laws)
        assert list(told) == RULES.names
        assert {name: bool(true.loc[who, name]) for name in told} == told
        assert states[who] == next((name for name, holds in told.items() if holds), NO_STATE)
    assert states.nunique() >= 7


def test_a_grocers_customer_who_is_silent_for_a_fortnight_is_not_at_risk() -> None:
    """Fourteen days are nothing for who comes every ten, and much for who comes every second day."""
    assert tell(GROCER, (30, 300, 314), (6, 70, 84)) == ["Loyal", "Loyal"]
    assert tell(GROCER, (90, 180, 194))[0] in {"At risk", "Cannot lose"}


def test_new_is_who_came_lately_and_not_who_is_in_a_young_segment() -> None:
    """Half of a segment came last week; the others did so long ago, and are not new."""
    customers = place(LAWS, *[(0, 0, 7)] * 6, *[(0, 0, 300)] * 5)
    true = RULES.find_true(LAWS, customers)
    assert true["New"].sum() == 6
    assert share_true(true, pd.Series(0, index=customers.index)).loc[0, "New"] == pytest.approx(6 / 11)


def test_what_the_shop_does_not_tell_holds_no_bound() -> None:
    """Where nobody came back, nobody is new; one who has not stood anywhere has no state."""
    unknown = ShopLaws(LAWS.orders, LAWS.spend, None, 60.0, np.inf)
    true = RULES.find_true(unknown, place(unknown, (0, 0, 7), (0, 0, 400)))
    assert list(true.columns[true.any()]) == ["One-time"]
    empty = RULES.find_true(LAWS, place(LAWS, (0, 0, 7)).astype("float64") * np.nan)
    assert choose_states(empty).tolist() == [NO_STATE]
    assert choose_states(NameRules({}).find_true(LAWS, place(LAWS, (0, 0, 7)))).tolist() == [NO_STATE]


def test_a_season_sleeps_until_it_comes() -> None:
    """Six orders of two Decembers: asleep in spring, and not within the season or after a year without it."""
    customers = place(LAWS, *[(5, 370, 520)] * 3, (5, 20, 170), (5, 370, 800))
    customers["season"] = 2.0
    customers["to_season"] = [7.0, 0.0, 7.0, 7.0, 7.0]
    customers.loc[2, "season"] = 4.0
    asleep = RULES.find_true(LAWS, customers)["Sleeping by season"]
    assert asleep.tolist() == [True, False, False, False, False]


def test_shares_count_everybody() -> None:
    """Of who has no order nothing is true, and they count among their segment."""
    true = pd.DataFrame({"Loyal": [True, True, False]}, index=["a", "b", "c"])
    labels = pd.Series({"a": 0, "b": 0, "c": 1, "d": 0})
    assert share_true(true, labels)["Loyal"].tolist() == pytest.approx([2 / 3, 0.0])


@pytest.mark.parametrize(
    ("when", "message"),
    [
        ({}, r"names\.rules\.Odd\.when is empty"),
        ({"value": (0, 1)}, r"names\.rules\.Odd\.when\.value: no such quantity of a customer"),
        ({"orders": (2, 1)}, r"names\.rules\.Odd\.when\.orders=\(2, 1\): expected a lower and an upper"),
        ({"orders": (1,)}, r"names\.rules\.Odd\.when\.orders=\(1,\): expected"),
        ({"orders": (None, None)}, r"names\.rules\.Odd\.when\.orders=\(None, None\): expected"),
        ({"orders": 3}, r"names\.rules\.Odd\.when\.orders=3: expected"),
        ({"orders": ("two", None)}, r"names\.rules\.Odd\.when\.orders=\('two', None\): expected"),
    ],
)
def test_a_condition_that_says_nothing_is_refused(when: Mapping[str, Bound], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        NameRules({"Odd": when})


def test_every_quantity_is_known_of_a_customer(standing: Standing) -> None:
    """Whatever a rule may be about can be asked of everybody."""
    for quantity in QUANTITIES:
        anything = NameRules({"Any": {quantity: (-np.inf, None)}})
        assert standing.find_true(anything)["Any"].all(), quantity


def test_both_languages_have_the_same_conditions() -> None:
    """Name by name, in the same order."""
    german = vocabulary("german").conditions
    assert list(german.bounds.values()) == list(RULES.bounds.values())
    assert len(set(german.names)) == len(german.names)


def test_customers_of_a_week_get_no_name_that_nobody_can_know() -> None:
    """A log of few days and one order each: laws can't be learnt, or nobody is called by a rhythm."""
    lines = pd.DataFrame({"customer_id": list("abcdef"), "line_total": 5.0})
    lines["timestamp"] = pd.Timestamp("2011-01-03")
    histories = gather_histories(ibis.memtable(lines), date(2011, 1, 5))
    unknown = ShopLaws(LAWS.orders, LAWS.spend, None, 60.0, np.inf)
    table = unknown.place(histories).join(histories[["season", "to_season"]])
    assert set(choose_states(RULES.find_true(unknown, table))) == {"One-time"}
