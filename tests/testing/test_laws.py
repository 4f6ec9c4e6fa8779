"""The laws that are shipped catch what breaks them, and pass what keeps them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import ibis
import ibis.expr.types as ir
import pytest
from hypothesis import Phase, settings
from sklearn.base import BaseEstimator
from sklearn.cluster import AgglomerativeClustering, KMeans

from segmentlab.errors import ConfigError, DataError
from segmentlab.evaluation import Check, CheckedSegments, Finding
from segmentlab.features import Column, FeatureSet
from segmentlab.testing import (
    check_check,
    check_clusterer,
    check_conf,
    check_feature_set,
    check_source,
)
from segmentlab.testing.laws import expect_refusal
from segmentlab.testing.logs import SHOP, make_table
from segmentlab.transactions import Dataset


@dataclass(frozen=True)
class Visits:
    """On how many days a customer bought."""

    columns = (Column("visits_days", "days with a purchase", "days"),)
    requires = frozenset({"customer_id", "timestamp"})

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:  # noqa: ARG002
        return transactions.group_by("customer_id").aggregate(visits_days=self.count(transactions))

    def count(self, lines: ir.Table) -> ir.Value:
        return lines["timestamp"].date().nunique()


class Prefixless(Visits):
    columns = (Column("days", "days with a purchase", "days"),)

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:  # noqa: ARG002
        return transactions.group_by("customer_id").aggregate(days=self.count(transactions))


class Missing(Visits):
    def count(self, lines: ir.Table) -> ir.Value:
        return lines["quantity"].std(how="sample")


class FirstLine(Visits):
    """The piece count of whatever line comes first."""

    requires = frozenset({"customer_id", "quantity"})

    def count(self, lines: ir.Table) -> ir.Value:
        return lines["quantity"].first()


class Shares(Visits):
    """Of all lines of the day, so a customer's value depends on who else is there."""

    def build(self, transactions: ir.Table, as_of: date) -> ir.Table:  # noqa: ARG002
        counted = transactions.group_by("customer_id").aggregate(lines=ibis._.count())
        return counted.select("customer_id", visits_days=counted.lines / counted.lines.sum())


class Mutable(Visits):
    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other


def test_a_set_that_keeps_the_laws_passes() -> None:
    check_feature_set(Visits(), examples=3)


@pytest.mark.parametrize(
    ("broken", "message", "examples"),
    [
        (Prefixless(), "days should begin with visits_", 5),
        (Missing(), "finite|missing", 5),
        (FirstLine(), "values are different", 60),  # few logs have another first line when they are shuffled
        (Shares(), "values are different", 5),
        (Mutable(), "frozen dataclass", 5),
    ],
)
@pytest.mark.usefixtures("no_shrinking")
def test_a_set_that_breaks_a_law_is_caught(broken: FeatureSet, message: str, examples: int) -> None:
    with pytest.raises((AssertionError, DataError), match=message):
        check_feature_set(broken, "visits", examples=examples)


@pytest.fixture
def no_shrinking() -> Iterator[None]:
    """Any example will do that breaks a law: to look for the smallest one takes minutes."""
    before = settings.get_current_profile_name()
    settings.register_profile("no_shrinking", settings(), phases=[Phase.explicit, Phase.generate])
    settings.load_profile("no_shrinking")
    yield
    settings.load_profile(before)


def test_a_set_of_the_customers_table_asks_for_rows() -> None:
    from segmentlab.features import Demographics

    with pytest.raises(AssertionError, match="give some rows as customers="):
        check_feature_set(Demographics("demographics", {"age": {"description": "age", "unit": "years"}}, {}))


class Sleepless(BaseEstimator):
    """Gives other labels at every fit."""

    calls = 0

    def fit(self, X: object) -> "Sleepless":  # noqa: N803
        self.labels_ = KMeans(3, n_init=1, random_state=0).fit(X).labels_
        Sleepless.calls += 1
        self.labels_[Sleepless.calls] = (self.labels_[Sleepless.calls] + 1) % 3
        return self


def test_clusterers_are_held_to_the_laws_with_and_without_predict() -> None:
    check_clusterer(KMeans(3, n_init=2, random_state=0))
    check_clusterer(AgglomerativeClustering(3))
    with pytest.raises(AssertionError):
        check_clusterer(Sleepless())
    with pytest.raises(AssertionError, match="there is no law"):
        check_clusterer(KMeans(3), exempt={"check_nothing": "because"})


@dataclass
class Fickle:
    """A source with another digest whenever it is read."""

    reads: list[int] = field(default_factory=list)
    digests: bool = True

    def read(self, engine: ibis.BaseBackend) -> Dataset:
        self.reads.append(1)
        digest = str(len(self.reads)) if self.digests else "always"
        return Dataset(name="shop", source="here", digest=digest, transactions=make_table(engine, SHOP))


def test_a_source_that_changes_is_caught() -> None:
    check_source(Fickle(digests=False))
    with pytest.raises(AssertionError, match="digest changes"):
        check_source(Fickle())


class Loud(Check):
    """Fires whether or not it was measured, in words that say nothing."""

    code = "ACME007"
    title = "Too many campaigns."
    fires_when = "there is a Monday"
    advice = "Rest."

    def look(self, segments: CheckedSegments) -> Iterator[Finding]:  # noqa: ARG002
        yield self.make_finding("because")


def test_a_check_whose_words_are_wrong_is_caught() -> None:
    with pytest.raises(AssertionError, match="is no phrase"):
        check_check(Loud())
    Loud.title = "Too many campaigns"
    with pytest.raises(AssertionError, match="'because' is no sentence"):
        check_check(Loud())


def test_a_folder_of_choices_is_checked_where_it_lies(tmp_path: Path) -> None:
    option = tmp_path / "conf" / "model" / "two.yaml"
    option.parent.mkdir(parents=True)
    with pytest.raises(AssertionError, match="holds no option"):
        check_conf(tmp_path / "conf")
    option.write_text("# @package _global_\nmodel:\n  _target_: sklearn.cluster.KMeans\n  n_clusters: 2\n")
    with pytest.raises(AssertionError, match=r"model/two.yaml begins with no comment"):
        check_conf(tmp_path / "conf")
    option.write_text("# @package _global_\n# Two segments, no more\nmodel:\n  _target_: shop.Two\n")
    with pytest.raises(ConfigError, match=r"declare it in conf/plugins\.yaml"):
        check_conf(tmp_path / "conf")


def test_a_refusal_that_does_not_come_is_missed() -> None:
    with pytest.raises(AssertionError, match="nothing was refused"), expect_refusal(DataError, "column"):
        pass
