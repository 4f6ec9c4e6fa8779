"""What goes into a segmentation and what comes out of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from segmentlab.evaluation import (
    MEASURES,
    Effort,
    Evidence,
    Judgement,
    Separation,
    Subscriptions,
    describe_k_distance,
    find_subscriptions,
    list_k_choices,
    put_own_evidence,
)
from segmentlab.features import AnySet, FeatureTable
from segmentlab.flow.past import PastCustomers
from segmentlab.goods import (
    BasketLimits,
    BasketPortrait,
    ProductDays,
    ProductPortrait,
    Purchases,
    Stock,
)
from segmentlab.modelling import (
    NOISE,
    ApartRule,
    Clusterer,
    Segmenter,
    Transformer,
    View,
    make_loadings_table,
)
from segmentlab.segments import (
    NO_STATE,
    CustomerFacts,
    Facts,
    NameRules,
    Portrait,
    Vocabulary,
    choose_states,
    share_true,
)
from segmentlab.transactions import CleaningRule, SourceFacts
from segmentlab.value import ShopLaws

if TYPE_CHECKING:
    from segmentlab.flow.ahead import ValueAhead
    from segmentlab.transactions import Crowd, CrowdRules

# Between data and model: customers as rows of features, and what happened to the data on the way.


@dataclass(frozen=True)
class Standing:
    """Where customers stand: the laws that their shop follows, and what these say of each.

    `customers` has the columns of `ShopLaws.place`, and the season that their orders lie in; where there are
    very many, those of a sample of them.
    """

    laws: ShopLaws
    histories: pd.DataFrame
    customers: pd.DataFrame
    of_all: bool = True  # whether they are all that there are

    def find_true(self, rules: NameRules) -> pd.DataFrame:
        """Which names are true of whom."""
        return rules.find_true(self.laws, self.customers)

    def share_true(self, rules: NameRules, labels: pd.Series) -> pd.DataFrame:
        """Of how many of a segment's customers each name is true: of those looked at, where not all were."""
        seen = labels if self.of_all else labels[labels.index.isin(self.customers.index)]
        return share_true(self.find_true(rules), seen)


@dataclass(frozen=True)
class SalesFacts:
    """What only transactions tell of customers beside their features."""

    revenue: pd.Series  # per customer
    ledger: pd.DataFrame
    suspicious: pd.DataFrame  # lines that stayed, of a size that asks to be looked at
    facts: Facts
    purchases: Purchases | str  # a text says why there are none
    product_days: ProductDays | None = None  # nothing where no line names a product
    books: Mapping[str, pd.DataFrame] = field(default_factory=dict)  # what the shop can check, by name
    # Where customers stand in their own rhythm, and by which laws; a text says why it can't be told.
    standing: Standing | str = "it was not looked at"
    days: pd.DataFrame | None = None  # of each customer, for `look_ahead`, where these are looked at


@dataclass(frozen=True)
class DescribedCustomers:
    """All that a segmentation needs of the data; nothing of it is larger than the customers."""

    about: SourceFacts
    features: FeatureTable
    sales: SalesFacts | None = None  # nothing where the data has customers and no transactions
    past: PastCustomers | str | None = None  # nothing where none was asked for; a text says why there is none
    traits: pd.DataFrame | None = None  # what the customers table says in words, where there is one
    earlier: tuple[PastCustomers | str, ...] = ()  # the same on days before that of `past`, without baskets
    crowd: "Crowd | None" = None  # all customers, where they stay in Spark: the rest is a sample of them then

    @property
    def revenue(self) -> pd.Series | None:
        """What each customer brought, where that is known."""
        return None if self.sales is None else self.sales.revenue

    @property
    def money(self) -> pd.DataFrame | None:
        """What each customer paid, brought back and kept: gross, returned and net, in cents."""
        if self.sales is None:
            return None
        money: pd.DataFrame = self.sales.facts.customers[["gross", "returned", "net"]].round(2)
        return money.reindex(self.features.frame.index)

    @property
    def standing(self) -> Standing | None:
        """Where customers stand, where that can be told."""
        known = None if self.sales is None else self.sales.standing
        return known if isinstance(known, Standing) else None

    @property
    def people(self) -> CustomerFacts:
        """What is known of customers beside their features."""
        return CustomerFacts(None if self.sales is None else self.sales.facts, self.traits)

    @cached_property
    def subscriptions(self) -> Subscriptions | None:
        """Whether customers pay month by month, where orders and days are known; whatever their segments."""
        if self.sales is None or self.features.as_of is None:
            return None
        return find_subscriptions(self.sales.facts.customers, self.sales.facts.months, self.features.as_of)

    @property
    def notes(self) -> tuple[str, ...]:
        """What can't be told of this data, and why."""
        if self.sales is not None:
            return ()
        return (
            f"{self.about.name} has customers and no transactions: there is no revenue, no date and nothing "
            "to clean, and segments are numbered by their size.",
        )


@dataclass(frozen=True)
class Plan:
    """Every choice of one experiment, as plain objects."""

    cleaning: Mapping[str, CleaningRule]
    features: Mapping[str, AnySet]
    preparation: Transformer
    projection: Transformer
    model: Clusterer
    view: View  # how pictures show the customers; nothing is measured in it
    names: Vocabulary  # the words for segments, and the rules that choose among them
    apart: Sequence[ApartRule] = ()
    ks: Sequence[int] = ()  # the numbers of segments to look at beside the chosen one
    leave_out: Sequence[str] = ()
    as_of: date | None = None
    holdout_days: int = 0  # how long before the end the flow is learnt anew, to be judged by what came after
    cutoffs: int = 0  # on how many such days, each so long before the next; 0: nothing is told together
    effort: Effort = field(default_factory=Effort)  # how much is drawn to judge the segments
    horizons: tuple[int, ...] = ()  # days for which it is said what to expect of customers
    stock_weeks: int = 0  # for which it is said what each segment will buy; 0: nobody asks
    crowd: "CrowdRules | None" = None  # when customers stay in the engine; never where it is None
    baskets: BasketLimits | None = None  # what rules of baskets have to reach; None leaves them out
    seed: int = 0


class PastSegments(NamedTuple):
    """What was known on the earlier day, and the segments that the flow finds in it."""

    known: PastCustomers
    labels: pd.Series


class OwnEvidence(NamedTuple):
    """What was drawn and fitted again to judge segments."""

    evidence: Evidence
    then: PastSegments | str | None  # the segments of the earlier day; a text says why there are none
    earlier: tuple[PastSegments | str, ...] = ()  # those of the days before it


@dataclass(frozen=True)
class FittedSegments:
    """Segments that are found and named, and not yet judged: who, how many, what they bring, how separate."""

    plan: Plan
    described: DescribedCustomers
    prepared: pd.DataFrame
    segmenter: Segmenter
    portrait: Portrait
    separation: Separation
    notes: tuple[str, ...] = ()
    everybody: Path | None = None  # the customers as Parquet, where they are too many to come here

    @property
    def is_quick(self) -> bool:
        """Whether nothing is left to be drawn."""
        return self.plan.effort == self.plan.effort.without_draws and not self.plan.holdout_days

    @cached_property
    def placed(self) -> pd.DataFrame:
        """Where the scorer places the customers that it was learnt from, and how sure it is."""
        return self.segmenter.scorer_.assign(self.described.features.frame)

    @cached_property
    def customers(self) -> pd.DataFrame:
        """One row per customer: who, which segment, how sure, their state, what they paid, the features.

        The state is the first name that is true of them; it is nothing where none is, or nobody looked. A
        model may look at what was paid alone, so somebody who has brought everything back can be among
        the best; `returned` and `net` show it.
        """
        labels = self.segmenter.labels_
        own = self.placed.assign(segment=labels, name=self.segmenter.scorer_.name_segments(labels))
        standing = self.described.standing
        if standing is not None and self.described.crowd is None:
            states = choose_states(standing.find_true(self.plan.names.conditions))
            own["state"] = states.reindex(own.index, fill_value=NO_STATE)
        # The same customers in the same order: nobody is looked up, as a join would do.
        return pd.concat([own, self.described.money, self.described.features.frame], axis=1).reset_index()

    @property
    def for_evidence(self) -> "FittedSegments":
        """The same without what no evidence is about: little to hand to another process."""
        sales = self.described.sales
        less = (
            None
            if sales is None
            else replace(sales, purchases="not taken along", product_days=None, books={}, days=None)
        )
        return replace(self, described=replace(self.described, sales=less))

    def make_quick(self, note: str) -> "FittedSegments":
        """The same, to be judged without draws and without days before; the note says why."""
        plan = replace(self.plan, effort=self.plan.effort.without_draws, holdout_days=0, cutoffs=0)
        known = replace(self.described, past=None, earlier=())
        return replace(self, plan=plan, described=known, notes=(*self.notes, note))


@dataclass(frozen=True)
class Result:
    """A finished segmentation: everything that its record and its report are made of."""

    plan: Plan
    described: DescribedCustomers
    prepared: pd.DataFrame
    shapes: pd.DataFrame  # of each feature, before and after the preparation
    segmenter: Segmenter
    customers: pd.DataFrame
    portrait: Portrait
    products: ProductPortrait | None
    judgement: Judgement
    metrics: Mapping[str, float]
    k_scan: pd.DataFrame | None
    views: Mapping[int, pd.DataFrame]  # where customers stand in pictures of two and of three dimensions
    then: PastSegments | str | None  # the segments of the earlier day; a text says why there are none
    everybody: Path | None = None  # all customers as Parquet, where `customers` are a sample of them
    earlier: tuple[PastSegments | str, ...] = ()  # those of the days before it
    ahead: "ValueAhead | str" = "nobody asked for it"  # what to expect; a text says why it can't be told
    baskets: BasketPortrait | str | None = None  # what goes together; a text says why it can't be told
    stock: Stock | str | None = None  # what to have in stock; a text says why it can't be told

    @property
    def value(self) -> pd.DataFrame:
        """A row per customer, who is expected to spend most first: their segment, and what to expect.

        Empty where that can't be told.
        """
        if isinstance(self.ahead, str):
            return pd.DataFrame()
        own = self.customers.set_index("customer_id")[["segment", "name"]]
        told = self.ahead.customers
        return own.reindex(told.index).join(told).rename_axis("customer_id").reset_index()

    @property
    def value_notes(self) -> tuple[str, ...]:
        """What can't be told of what to expect, and why."""
        if not isinstance(self.ahead, str):
            return self.ahead.notes
        return () if self.described.sales is None else (f"What to expect is not available: {self.ahead}",)

    @property
    def loadings(self) -> pd.DataFrame | None:
        """What the principal components are made of, where the model clusters in them."""
        projection = self.segmenter.scorer_.projection
        names = list(self.prepared.columns.astype(str))
        return make_loadings_table(projection, names) if isinstance(projection, PCA) else None

    @property
    def profile(self) -> pd.DataFrame:
        """One row per segment: name, sizes, shares, habits and features."""
        return self.portrait.profile

    @property
    def books(self) -> Mapping[str, pd.DataFrame]:
        """What the shop can check, by name; nothing where there are no transactions."""
        return {} if self.described.sales is None else self.described.sales.books

    @property
    def product_notes(self) -> tuple[str, ...]:
        """What can't be told of products, and why."""
        if self.products is not None:
            return self.products.notes
        sales = self.described.sales
        return () if sales is None else (f"Products are not available: {sales.purchases}.",)

    @property
    def k_table(self) -> pd.DataFrame | None:
        """The views over k, with the run's own evidence at its own k.

        The scan is the same for all runs that differ in k alone. Customers whom a rule sets apart are in no
        view over k, so separation, which counts them, then stays the scan's.
        """
        if self.k_scan is None:
            return None
        whole = bool(self.segmenter.clustered_.all())
        taken = [one for one in MEASURES if whole or one.family != "separation"]
        return put_own_evidence(self.k_scan, self.found, self.judgement.evidence, taken)

    @property
    def k_words(self) -> str:
        """That more views over k choose another number of segments than the run has; empty where not."""
        table = self.k_table
        return "" if table is None else describe_k_distance(list_k_choices(table), self.found)

    @property
    def found(self) -> int:
        """How many segments the model found; those that rules set apart are not among them."""
        return len(set(self.segmenter.model_.labels_) - {NOISE})

    @property
    def labels(self) -> pd.Series:
        """The segment of each customer."""
        return pd.Series(np.asarray(self.customers["segment"]), index=self.described.features.frame.index)
