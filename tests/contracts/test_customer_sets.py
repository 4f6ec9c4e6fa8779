"""The laws of every feature set that is made of the customers table: no dates, else the same."""

from collections.abc import Callable

import pytest

from segmentlab.errors import DataError
from segmentlab.features.feature_set import CustomerLearner, CustomerSet
from segmentlab.features.table import build_customer_table
from segmentlab.testing.customer_sets import CUSTOMER_SET_LAWS, PeopleSetCase, make_people_table
from tests.configs import offered_sets
from tests.people import people

CHOSEN = offered_sets()
SETS = {name: chosen for name, chosen in CHOSEN.items() if isinstance(chosen, (CustomerSet, CustomerLearner))}
# Ages, incomes and categories as people type them: what the sets of conf/features ask for.
ROWS = people(CHOSEN["demographics"], [f"c{number}" for number in range(12)])


def test_there_are_such_sets() -> None:
    assert {"demographics", "numbers"} <= set(SETS)


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("law", CUSTOMER_SET_LAWS, ids=lambda law: law.__name__)
def test_law(law: Callable[[PeopleSetCase], None], name: str) -> None:
    law(PeopleSetCase(SETS[name], name, ROWS))


@pytest.mark.parametrize("name", sorted(CHOSEN.keys() - SETS.keys()))
def test_the_other_sets_say_that_they_need_transactions(name: str) -> None:
    with pytest.raises(
        DataError, match=f"features={name} needs transactions, and this data has customers only"
    ):
        build_customer_table({name: CHOSEN[name]} | SETS, make_people_table(ROWS))
