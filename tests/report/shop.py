"""A small shop to draw, and every picture of it."""

from collections.abc import Sequence
from datetime import date
from itertools import combinations
from math import nan
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA
from sklearn.preprocessing import FunctionTransformer

from segmentlab.campaigns import CAPPED_SPEND
from segmentlab.evaluation.agreement import measure_agreement
from segmentlab.evaluation.diagnostics import find_atoms
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.gaps import Border
from segmentlab.evaluation.groups import Gaps
from segmentlab.evaluation.judgement import Judgement, judge_segments
from segmentlab.evaluation.metrics import find_measure
from segmentlab.evaluation.reference import Reference
from segmentlab.evaluation.separation import measure_separation
from segmentlab.features.feature_set import Column
from segmentlab.features.table import FeatureTable
from segmentlab.flow.items import Picture
from segmentlab.flow.movement import Movement
from segmentlab.goods.basket_portrait import BasketPortrait, portray_baskets
from segmentlab.goods.basket_rules import BasketLimits
from segmentlab.goods.distinctive import find_distinctive
from segmentlab.goods.likelihoods import Likelihoods, estimate_likelihoods
from segmentlab.goods.product_days import ProductDays
from segmentlab.goods.purchases import Purchases
from segmentlab.modelling.density import Hdbscan
from segmentlab.modelling.hierarchy import Hierarchical
from segmentlab.modelling.preparation import describe_shapes
from segmentlab.modelling.view import make_loadings_table
from segmentlab.report.data_page import draw_data_pictures, draw_sales_pictures
from segmentlab.report.figures.basket_network import choose_network, draw_basket_network
from segmentlab.report.figures.condensed_tree import draw_condensed_tree, find_tree_branches
from segmentlab.report.figures.dendrogram import draw_dendrogram, find_tree_top
from segmentlab.report.figures.drift import draw_feature_drift, draw_segment_drift
from segmentlab.report.figures.flows import draw_flows
from segmentlab.report.figures.k_scan import draw_elbow, draw_k_scan
from segmentlab.report.figures.ledger_waterfall import draw_ledger_waterfall
from segmentlab.report.figures.loadings import draw_loadings
from segmentlab.report.figures.memberships import draw_memberships
from segmentlab.report.figures.model_curves import draw_information_criteria, draw_k_distance
from segmentlab.report.figures.overlap import draw_overlap
from segmentlab.report.figures.preparation import draw_preparation
from segmentlab.report.figures.profile import draw_profile_heatmap
from segmentlab.report.figures.projection import draw_projection_2d, draw_projection_3d
from segmentlab.report.figures.segment_map import draw_segment_map
from segmentlab.report.figures.segment_sizes import draw_segment_sizes
from segmentlab.report.figures.separation import draw_nulls, draw_silhouette_plot
from segmentlab.report.figures.study_front import StudyTable
from segmentlab.report.figures.uplift import draw_uplift
from segmentlab.report.figures.value_hindsight import draw_value_calibration, draw_value_tracking
from segmentlab.report.page import PageContent
from segmentlab.report.pictures import draw_study_pictures
from segmentlab.report.segment_pictures import (
    draw_fact_pictures,
    draw_feature_pictures,
    draw_product_pictures,
)
from segmentlab.segments.facts import Facts
from segmentlab.transactions.alerts import Alert
from segmentlab.transactions.overview import Overview
from tests.goods.baskets import make_baskets

AS_OF = date(2011, 12, 10)
NAMES = ("Champions", "Loyal", "At risk")
LEDGER = pd.DataFrame(
    [
        ("read", 1234, 95, 99999.5),
        ("null_customers", 34, 5, 99.5),
        ("cancellation", 10, 0, -500.0),
        ("kept", 1190, 90, 100400.0),
    ],
    columns=["rule", "rows", "customers", "revenue"],
)
UPLIFT = pd.DataFrame(
    [("all", 1.2, 0.1, 2.3, "more"), ("Champions", 3.0, -1.0, 7.0, ""), ("Loyal", 0.2, -0.4, 0.8, "")],
    columns=["part", "difference", "low", "high", "claim"],
).assign(outcome=CAPPED_SPEND)
COLUMNS = (
    Column("rfm_recency", "days since the last purchase", "days", "log"),
    Column("rfm_frequency", "purchases made", "invoices", "log"),
    Column("rfm_monetary", "money spent", "", "log"),
)


REFERENCES = {
    null: Reference(0.44, np.linspace(low, low + 0.1, 19))
    for null, low in (("gaussian", 0.2), ("permuted", 0.15), ("copula", 0.38))
}


class Shop(NamedTuple):
    """What the figures and the page are drawn from."""

    profile: pd.DataFrame
    columns: Sequence[Column]
    prepared: pd.DataFrame
    labels: pd.Series
    view: pd.DataFrame
    scan: pd.DataFrame
    silhouettes: pd.DataFrame


def make_shop(names: Sequence[str] = NAMES, columns: Sequence[Column] = COLUMNS, noise: bool = False) -> Shop:
    """Thirty customers per segment, each segment around its own point."""
    segments = range(-1 if noise else 0, len(names) - (1 if noise else 0))
    rng = np.random.default_rng(0)
    customers = pd.Index([f"c{number:04d}" for number in range(30 * len(names))], name="customer_id")
    labels = pd.Series(np.repeat(list(segments), 30), index=customers, name="segment")
    keys = [column.name for column in columns]
    values = labels.to_numpy()[:, None] + rng.normal(0, 0.3, (len(labels), len(keys)))
    prepared = pd.DataFrame(values, index=customers, columns=keys)
    profile = pd.DataFrame(
        {"name": names, "customers": 30, "customer_share": 1 / len(names), "revenue": 1234567.0},
        index=pd.Index(segments, name="segment"),
    )
    profile["revenue_share"] = 1 / len(names)
    for key in keys:
        profile[[f"{key}_mean", f"{key}_median"]] = 1234.5
    ks = np.arange(2, 8)
    scan = pd.DataFrame({"k": ks, "inertia": 900 / ks, "silhouette": 0.5 - ks / 20})
    scan[["davies_bouldin", "calinski_harabasz"]] = np.column_stack([ks / 3, 9000 / ks])
    scan["customers"] = 90
    silhouettes = pd.DataFrame(
        {"segment": labels.to_numpy(), "silhouette": rng.uniform(-0.1, 0.8, len(labels))}
    )
    view = pd.DataFrame(
        rng.normal(size=(len(labels), 3)) + values[:, :1], index=customers, columns=list("xyz")
    )
    return Shop(profile, columns, prepared, labels, view, scan, silhouettes)


def draw_all(shop: Shop) -> list[Picture]:
    """Every picture that the room can draw."""
    others = [_overlap(shop), *_drift(shop), *_hindsight(), draw_uplift(UPLIFT)]
    others.append(draw_basket_network(choose_network(make_together())))
    seen = make_overview()
    return [*draw(shop), *draw_data_pictures(seen), *draw_sales_pictures(seen), *others]


def _hindsight() -> list[Picture]:
    """What a value model of an earlier day expected, and what came."""
    tenths = pd.DataFrame(
        {"customers": 9, "buyers_expected": np.linspace(0.5, 8, 10), "buyers": np.linspace(0, 9, 10)},
        index=pd.RangeIndex(1, 11, name="tenth"),
    )
    weeks = pd.DataFrame({"week": pd.date_range("2011-01-03", periods=30, freq="W")})
    weeks = weeks.assign(expected=np.arange(30) * 9.5, happened=np.arange(30) * 10)
    cut = date(2011, 6, 5)
    return [draw_value_calibration(tenths, cut, 90), draw_value_tracking(weeks, cut)]


def _drift(shop: Shop) -> list[Picture]:
    """What a look at the shop a month later shows."""
    gaps = pd.DataFrame(
        {"feature": list(shop.prepared), "gap": np.linspace(0.05, 0.4, shop.prepared.shape[1])}
    )
    shares = pd.DataFrame({"before": shop.profile["customer_share"], "after": 0.9 / len(shop.profile)})
    names = shop.profile["name"].to_dict()
    return [draw_feature_drift(gaps), draw_segment_drift(shares, names), draw_flows(_moves(names))]


def _moves(names: dict[int, str]) -> Movement:
    """Every third customer of each segment went to the next, and one to each is new."""
    place = {segment: list(names)[(at + 1) % len(names)] for at, segment in enumerate(names)}
    pairs = [(one, other, 20) for one, other in place.items()] + [(one, one, 40) for one in names]
    pairs += [(None, one, 1) for one in names]
    rows = [(one, names.get(one), other, names[other], people, 10.0 * people) for one, other, people in pairs]
    columns = ["segment_before", "name_before", "segment_after", "name_after", "customers", "revenue"]
    moves = pd.DataFrame(rows, columns=columns).astype({"segment_before": "Int64", "segment_after": "Int64"})
    unknown = {"reason": None, "expected": nan, "known": 0, "expected_before": nan, "known_before": 0}
    return Movement(date(2011, 1, 1), date(2011, 2, 1), moves.assign(**unknown, change=nan, orders=0))


def draw(shop: Shop) -> list[Picture]:
    """The pictures of a report."""
    return [
        draw_segment_sizes(shop.profile),
        draw_profile_heatmap(shop.profile, shop.columns, shop.prepared, shop.labels),
        _preparation(shop),
        draw_projection_2d(shop.view, shop.labels, shop.profile, "principal component"),
        draw_projection_3d(shop.view, shop.labels, shop.profile, "principal component"),
        draw_loadings(make_loadings_table(PCA().fit(shop.prepared), list(shop.prepared)), shop.columns),
        draw_k_scan(shop.scan, chosen=3),
        draw_elbow(shop.scan.assign(gap=0.1), chosen=3),
        *draw_feature_pictures(
            FeatureTable(np.exp(shop.prepared), tuple(shop.columns), AS_OF, {}),
            shop.prepared,
            shop.labels,
            shop.profile,
        ),
        *draw_fact_pictures(make_facts(shop), shop.labels, shop.profile, AS_OF),
        *draw_product_pictures(make_likelihoods(shop), shop.profile),
        draw_segment_map(make_gaps(shop).borders, shop.view, shop.labels, shop.profile),
        draw_nulls(REFERENCES),
        *_portraits(shop),
        draw_silhouette_plot(shop.silhouettes, shop.profile),
        draw_ledger_waterfall(LEDGER),
        *_study(shop),
    ]


def make_together() -> BasketPortrait:
    """What goes together in a shop of seven products."""
    filled = [{0, 1}, {0, 1, 2}, {1, 2}, {3, 4}, {5}, {6}, {2}, {5, 6}, {0}, {3, 4, 5}] * 30
    return portray_baskets(make_baskets(filled), pd.Series({"c1": 0}), {0: "Few"}, BasketLimits(support=0.01))


def make_facts(shop: Shop) -> Facts:
    """What the customers did: each bought in two to five months, the first and the last on the first day."""
    rng, customers = np.random.default_rng(1), shop.labels.index
    firsts, sizes = rng.integers(0, 20, len(customers)), rng.integers(2, 6, len(customers))
    starts = pd.period_range("2010-01", periods=24, freq="M").to_timestamp()
    months = pd.DataFrame(
        {"customer_id": np.repeat(customers, sizes), "month": starts[np.repeat(firsts, sizes)]}
    )
    months["month"] = starts[np.repeat(firsts, sizes) + months.groupby("customer_id").cumcount()]
    told = (
        months.groupby("customer_id")["month"].agg(["min", "max"]).set_axis(["first", "last"], axis="columns")
    )
    country = np.where(rng.random(len(customers)) < 0.8, "United Kingdom", shop.profile["name"].iloc[0])
    quantities = pd.DataFrame(
        {"customer_id": np.repeat(customers, 3), "quantity": [1.0, 6.0, 12.0] * len(customers)}
    )
    return Facts(
        told.assign(revenue=rng.gamma(0.5, 900, len(customers)), orders=sizes, country=country),
        months.assign(revenue=rng.gamma(2, 50, len(months)), orders=1),
        quantities.assign(lines=rng.integers(1, 9, len(quantities))),
    )


def make_likelihoods(shop: Shop) -> Likelihoods:
    """What the customers buy: forty products, described by the names of segments, and postage."""
    rng, customers = np.random.default_rng(2), shop.labels.index
    taste = rng.gamma(1, 0.3, (len(shop.profile), 41)).clip(0, 1)
    bought = rng.random((len(customers), 41)) < np.repeat(taste, 30, axis=0)
    bought[0] = True  # what nobody bought is not in a log
    customer, product = bought.nonzero()
    products = pd.DataFrame({"product_id": [f"2{number:04d}" for number in range(41)]}, dtype="str")
    products["description"] = np.resize(list(shop.profile["name"]), 41)
    purchases = Purchases(
        customers=pd.Series(customers, dtype="str"),
        products=products.assign(charge=products["product_id"] == "20040"),
        customer=customer.astype(np.int32),
        product=product.astype(np.int32),
        age=np.zeros(len(customer), dtype=np.int32),
        revenue=rng.gamma(2, 30, len(customer)),
        baskets=np.ones(len(customer), dtype=np.int32),
        short_memory=np.ones(len(customer)),
        long_memory=np.ones(len(customer)),
        days=739,
    )
    return find_distinctive(
        estimate_likelihoods(purchases, shop.labels), put_on_one_day(purchases), shop.labels
    )


def put_on_one_day(purchases: Purchases) -> ProductDays:
    """The same purchases, all of them yesterday."""
    return ProductDays(
        customers=purchases.customers,
        products=purchases.products["product_id"],
        customer=purchases.customer,
        product=purchases.product,
        age=np.ones(len(purchases.customer), dtype=np.int32),
        pieces=np.ones(len(purchases.customer)),
        revenue=purchases.revenue,
    )


def make_study(names: Sequence[str] = NAMES) -> StudyTable:
    """Forty trials of a number and a name: many segments are infeasible, and one trial has no scores."""
    rng, numbers = np.random.default_rng(3), np.arange(40)
    k = rng.integers(2, 13, 40)
    trials = pd.DataFrame({"number": numbers, "kmeans.n_clusters": k, "prepare": rng.choice(list(names), 40)})
    trials["separation/silhouette"] = 0.5 - k / 40
    trials["separation/davies_bouldin"] = 1.2 - k / 20 + rng.uniform(0, 0.3, 40)
    trials.iloc[7, -2:] = np.nan
    trials["feasible"] = (k < 10) & (numbers != 7)
    trials["reason"] = np.where(trials["feasible"], "", "the smallest segment holds <b>0.4%</b>")
    trials["on_front"] = trials["feasible"] & (trials["separation/davies_bouldin"] < 1.25 - k / 20)
    trials["chosen"] = numbers == trials.index[trials["on_front"]][0]
    objectives = (
        find_measure("separation/silhouette"),
        find_measure("separation/davies_bouldin"),
    )
    return StudyTable(trials, objectives, ["kmeans.n_clusters", "prepare"])


def _study(shop: Shop) -> list[Picture]:
    """What tuning would leave behind."""
    table = make_study(list(shop.profile["name"]))
    shares = pd.DataFrame([[0.8, 0.3], [0.2, 0.7]], index=table.parameters)
    evidence = pd.DataFrame(
        {
            "evidence": ["gaps", "bells"],
            "looks_for": ["the deepest valleys", "the likeliest bells"],
            "segments": [3, 12],
            "trial": ["4", "untuned"],
            "likeness": [1.0, 0.62],
            "likeness_chosen": [0.91, 0.4],
            "likeness_untuned": [-0.02, 0.62],
        }
    )
    shares = shares.set_axis([one.name for one in table.objectives], axis=1)
    return list(draw_study_pictures(table, shares, evidence))


def _overlap(shop: Shop) -> Picture:
    """Two runs that agree on nothing."""
    names = shop.profile["name"].reindex(shop.labels).to_numpy()
    customers = pd.DataFrame(
        {"customer_id": shop.labels.index, "segment": shop.labels.to_numpy(), "name": names}
    )
    shuffled = customers.assign(customer_id=shop.labels.sample(frac=1, random_state=0).index)
    return draw_overlap(measure_agreement(("one run", customers), ("another", shuffled)), number=1)


def _preparation(shop: Shop) -> Picture:
    amounts = np.exp(shop.prepared)
    shaped = describe_shapes(amounts, shop.prepared, FunctionTransformer(np.log))
    return draw_preparation(shaped, shop.columns, amounts, shop.prepared)


def _portraits(shop: Shop) -> list[Picture]:
    """What different models would show of the same customers."""
    points, segments = shop.prepared.to_numpy(), shop.labels.to_numpy()
    cut = Hierarchical(len(shop.profile.drop(index=-1, errors="ignore"))).fit(points)
    dense = Hdbscan(min_cluster_size=5).fit(points)
    tree, distances = dense.condensed_tree_.to_numpy(), np.linspace(0, 1, len(points)) ** 4
    table = pd.DataFrame({"segment": segments, "probability": dense.probabilities_})
    return [
        draw_dendrogram(find_tree_top(cut.tree_, cut.weights_, cut.labels_), shop.profile),
        draw_condensed_tree(find_tree_branches(tree, segments), total=500, profile=shop.profile),
        draw_memberships(table.assign(outlier_score=dense.outlier_scores_), shop.profile),
        draw_k_distance(distances, neighbours=10, eps=0.2, chosen=True),
        draw_information_criteria(shop.scan.assign(bic=-shop.scan["k"], aic=shop.scan["k"]), chosen=3),
    ]


def make_overview(name: str = "LANTERN") -> Overview:
    """What a first look at three lines would find."""
    months = {"month": ["2011-01-01", "2011-03-01"], "sales": [30.0, 9.0], "returns": [0.0, -4.0]}
    products = {
        "product_id": ["1", "2"],
        "description": [name, None],
        "lines": [2, 1],
        "revenue": [9.0, 26.0],
    }
    columns = {"column": ["country"], "type": ["string"], "missing": [0.5], "distinct": [1]}
    return Overview(
        rows=3,
        columns=pd.DataFrame({**columns, "smallest": [name], "largest": [None], "frequent": [name]}),
        countries=pd.DataFrame({"country": [name, None], "customers": [1, 0], "lines": [2, 1]}),
        products=pd.DataFrame({**products, "by_lines": [1, 2], "by_revenue": [2, 1]}),
        months=pd.DataFrame({**months, "customers": [1, 1]}),
        largest=pd.DataFrame({"product_id": ["2"], "description": [name], "value": [26.0]}),
        alerts=[Alert(f"{name} is constant", f"Every line has the same: {name}.")],
        sizes=pd.DataFrame(
            {"measure": ["value"] * 3, "sign": [-1, 0, 1], "bin": [2, 0, 5], "lines": [1, 2, 9]}
        ),
        hours=pd.DataFrame({"weekday": [0, 2], "hour": [9, 17], "lines": [3, 4]}),
        associations=pd.DataFrame([[1.0, 0.4], [0.4, 1.0]], index=["a", name], columns=["a", name]),
        sampled=3,
    )


def make_gaps(shop: Shop) -> Gaps:
    """Neighbours by number hang together; nobody else touches."""
    segments = [int(segment) for segment in shop.profile.index if segment >= 0]
    borders = (
        Border(one, other, -1.0 if other == one + 1 else 2.0, "cut" if other == one + 1 else "no border")
        for one, other in combinations(segments, 2)
    )
    return Gaps(tuple(borders), tuple(segments), (), 1)


def judged(shop: Shop) -> Judgement:
    """Two segments that come back, and one that does not."""
    segments = shop.profile.index[shop.profile.index >= 0]
    stability = pd.DataFrame({"jaccard": 0.9, "error": 0.01, "verdict": "highly stable"}, index=segments)
    stability[["dissolved", "recovered"]] = 0.0, 1.0
    stability.loc[segments[-1]] = [0.55, 0.01, "doubtful", 0.4, 0.1]
    usefulness = pd.DataFrame({"spend_r2": [0.3, 0.2]}, index=["segments", "baseline_rfm_grid"])
    usefulness[["spend_r2_low", "spend_r2_high", "spend_r2_beyond_high"]] = 0.1, 0.4, 0.2
    evidence = Evidence(
        separation=measure_separation(shop.prepared, shop.labels.to_numpy(), sample=1000, seed=0),
        atoms=find_atoms(shop.prepared),
        stability=stability,
        gaps=make_gaps(shop),
        references=REFERENCES,
        usefulness=usefulness,
    )
    metrics = evidence.metrics | {"assignment/self_agreement": 1.0}
    return judge_segments(evidence, shop.prepared, shop.labels.to_numpy(), metrics)


def write_up(shop: Shop, pictures: Sequence[Picture] | None = None) -> PageContent:
    """A report on the shop, with all of its pictures unless others are given."""
    return PageContent(
        title="Customer segments",
        subtitle="a small shop, 90 customers",
        profile=shop.profile,
        columns=shop.columns,
        metrics={"separation/silhouette": 0.4412, "segments/count": 3.0, "time/model": 0.07},
        notes=["Silhouettes are computed on all customers."],
        pictures=draw(shop) if pictures is None else pictures,
        ledger=LEDGER,
        provenance={"Data digest": "sha256:0b3c"},
        config="model:\n  n_clusters: 3\n",
        judgement=judged(shop) if len(shop.profile) > 1 else None,
    )
