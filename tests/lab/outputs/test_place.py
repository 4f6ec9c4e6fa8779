"""From lines to scores, by the model's own recipe."""

from datetime import date

import ibis
import pandas as pd
import pytest
from hypothesis import given
from ibis.backends import BaseBackend

from segmentlab.errors import ConfigError, DataError
from segmentlab.flow import StepTimer
from segmentlab.flow.place import LeastHistory, Recipe, ScoredCustomers, place_customers
from segmentlab.modelling.scorer import Scorer
from segmentlab.testing.logs import SHOP
from segmentlab.testing.logs import draw_logs as random_logs
from segmentlab.testing.logs import make_table as table
from segmentlab.transactions.cleaning.copies import Overlap
from segmentlab.transactions.cleaning.single_lines import InvoicePrefix
from segmentlab.transactions.dataset import CustomersOnly, Dataset
from tests.examples import draw_examples

NO_LEAST = LeastHistory(orders=1, days=0, otherwise="mark")
END = date(2011, 12, 10)


def dataset(engine: BaseBackend, rows: list[tuple[object, ...]]) -> Dataset:
    return Dataset(name="shop", source="shop.csv", digest="d", transactions=table(engine, rows))


def placed(
    engine: BaseBackend,
    recipe: Recipe,
    scorer: Scorer,
    rows: list[tuple[object, ...]],
    as_of: date | None = END,
    least: LeastHistory = NO_LEAST,
) -> ScoredCustomers:
    return place_customers(recipe, scorer, dataset(engine, rows), as_of, least, StepTimer())


def test_lines_become_customers_with_a_segment(engine: BaseBackend, recipe: Recipe, scorer: Scorer) -> None:
    """Anna's cancellation, the postage, the gift and the bad debt are taken out as they were in training."""
    scored = placed(engine, recipe, scorer, SHOP)
    assert list(scored.customers) == [
        "customer_id", "segment", "name", "confidence", "little_history", "revenue",
    ]  # fmt: skip
    assert scored.customers["customer_id"].tolist() == ["anna", "bert"]
    assert scored.customers["revenue"].tolist() == [19.9, 12.6]
    features = pd.DataFrame(
        {"rfm_recency": [284.0, 303.0], "rfm_frequency": [2.0, 1.0], "rfm_monetary": [19.9, 12.6]},
        index=["anna", "bert"],
    )
    expected = scorer.assign(features)
    assert scored.customers["segment"].tolist() == expected["segment"].tolist()
    assert scored.customers["name"].tolist() == expected["name"].tolist()


def test_nothing_at_or_after_the_day_counts(engine: BaseBackend, recipe: Recipe, scorer: Scorer) -> None:
    early = placed(engine, recipe, scorer, SHOP, date(2011, 2, 10))
    assert early.customers["customer_id"].tolist() == ["anna"]
    assert early.as_of == date(2011, 2, 10)
    assert placed(engine, recipe, scorer, SHOP, None).as_of == date(2011, 3, 6)


def test_rules_of_the_data_come_first_and_the_model_s_own_count(recipe: Recipe) -> None:
    others = {"overlap": Overlap(jump_days=1), "cancellation": InvoicePrefix("X")}
    cleaning = recipe.behind(others).cleaning
    assert list(cleaning) == [
        "overlap",
        "cancellation",
        *(name for name in recipe.cleaning if name not in others),
    ]
    assert cleaning["cancellation"] == recipe.cleaning["cancellation"]


@draw_examples(15)
@given(rows=random_logs(), other=random_logs())
def test_a_score_depends_on_no_other_customer(
    rows: list[tuple[object, ...]], other: list[tuple[object, ...]], recipe: Recipe, scorer: Scorer
) -> None:
    paid = ("payer", "9", "20725", "BAG", 2.0, 3.0, "2011-01-05 10:00", "Spain")
    others = [("z" + str(row[0]), *row[1:]) for row in other]
    alone = placed(ibis.duckdb.connect(), recipe, scorer, [*rows, paid]).customers
    among = placed(ibis.duckdb.connect(), recipe, scorer, [*others, *rows[::-1], paid]).customers
    same = among[among["customer_id"].isin(alone["customer_id"])].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, alone, check_exact=True)


@pytest.mark.parametrize(
    ("least", "little"),
    [
        (LeastHistory(1, 0, "mark"), []),
        (LeastHistory(2, 0, "mark"), ["bert"]),
        (LeastHistory(1, 303, "mark"), []),
        (LeastHistory(1, 304, "mark"), ["bert"]),
        (LeastHistory(3, 0, "mark"), ["anna", "bert"]),
    ],
)
def test_little_history_is_marked(
    least: LeastHistory, little: list[str], engine: BaseBackend, recipe: Recipe, scorer: Scorer
) -> None:
    scored = placed(engine, recipe, scorer, SHOP, least=least)
    customers = scored.customers
    assert customers.loc[customers["little_history"], "customer_id"].tolist() == little
    assert (len(customers), scored.little_history, scored.left_out) == (2, len(little), 0)


def test_little_history_is_left_out(engine: BaseBackend, recipe: Recipe, scorer: Scorer) -> None:
    scored = placed(engine, recipe, scorer, SHOP, least=LeastHistory(2, 0, "leave_out"))
    assert scored.customers["customer_id"].tolist() == ["anna"]
    assert (scored.little_history, scored.left_out) == (1, 1)


@pytest.mark.parametrize("least", [(0, 0, "mark"), (1, -1, "mark"), (1, 0, "score")])
def test_a_least_that_means_nothing_is_refused(least: tuple[int, int, str]) -> None:
    with pytest.raises(ConfigError, match="least"):
        LeastHistory(*least)


def test_data_that_lacks_a_part_says_which(engine: BaseBackend, recipe: Recipe, scorer: Scorer) -> None:
    whole = dataset(engine, SHOP)
    lacking = Dataset(**{**vars(whole), "transactions": whole.transactions.drop("invoice_id")})
    with pytest.raises(DataError, match="features=rfm needs the column invoice_id"):
        place_customers(recipe, scorer, lacking, END, NO_LEAST, StepTimer())


def test_no_lines_before_the_day_are_told(engine: BaseBackend, recipe: Recipe, scorer: Scorer) -> None:
    with pytest.raises(
        DataError, match="every line is of 2010-01-01 or later, so nothing counts as of that day"
    ):
        placed(engine, recipe, scorer, SHOP, date(2010, 1, 1))


def test_customers_without_transactions_need_a_recipe_without(
    engine: BaseBackend, recipe: Recipe, scorer: Scorer
) -> None:
    people = engine.create_table("people", pd.DataFrame({"customer_id": ["a"], "age": [30]}))
    only = CustomersOnly(name="people", source="people.csv", digest="d", customers=people)
    with pytest.raises(DataError, match="features=rfm needs transactions"):
        place_customers(recipe, scorer, only, None, NO_LEAST, StepTimer())
    with pytest.raises(ConfigError, match="has no transactions, so no date"):
        place_customers(recipe, scorer, only, END, NO_LEAST, StepTimer())
