"""The whole story, in order: from transactions to a result."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from segmentlab.described import Described
from segmentlab.evaluation.k_scan import scan_k
from segmentlab.evaluation.separation import separation
from segmentlab.evaluation.truth import adjusted_rand
from segmentlab.features.table import FeatureTable, feature_table
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.modelling.view import view
from segmentlab.result import Plan, Result
from segmentlab.segments.profile import profile
from segmentlab.segments.value import customer_value
from segmentlab.steps import Steps
from segmentlab.transactions.cleaning import From
from segmentlab.transactions.dataset import About, Dataset
from segmentlab.transactions.ledger import Cleaned, clean
from segmentlab.transactions.schema import check_values
from segmentlab.transactions.suspicious import suspicious_lines


def describe(plan: Plan, dataset: Dataset, steps: Steps) -> Described:
    """From lines to customers: clean, and compute what the model will see."""
    with steps("clean"):
        check_values(dataset.transactions, dataset.source)
        cleaned, as_of = _clean(plan, dataset)
        suspicious = suspicious_lines(cleaned.transactions)
    with steps("features"):
        features = feature_table(plan.features, cleaned.transactions, as_of, plan.leave_out)
        revenue = customer_value(cleaned.transactions)
    return Described(dataset.about, features, revenue, cleaned.ledger, suspicious)


def segment(plan: Plan, described: Described, steps: Steps) -> Result:
    """From customers to segments: learn, judge, and describe what was found."""
    features = described.features
    with steps("fit"):
        segmenter = Segmenter(plan.preparation, plan.projection, plan.model)
        segmenter.fit(features.frame, described.revenue)
        prepared = segmenter.scorer_.prepare(features.frame)
    with steps("evaluate"):
        separated = separation(prepared, segmenter.labels_, plan.sample, plan.seed)
        k_scan = _scan(plan, segmenter, prepared)
    with steps("segments"):
        assigned = segmenter.scorer_.assign(features.frame)
        customers = _customers(segmenter, assigned, features)
        profiles = profile(features.frame, described.revenue, segmenter.labels_, segmenter.scorer_.names)
    return Result(
        plan=plan,
        described=described,
        prepared=prepared,
        segmenter=segmenter,
        customers=customers,
        profile=profiles,
        separation=separated,
        metrics=separated.metrics | _agreements(segmenter, assigned, described.about),
        k_scan=k_scan,
        view=view(prepared),
    )


def _clean(plan: Plan, dataset: Dataset) -> tuple[Cleaned, date]:
    """Clean lines that end before `as_of`, which is the day after the last line unless it is given."""
    if plan.as_of is None:
        last = dataset.transactions["timestamp"].max().to_pyarrow().as_py()
        return clean(dataset.transactions, plan.cleaning, dataset.source), last.date() + timedelta(days=1)
    rules = {"from_as_of": From(plan.as_of.isoformat()), **plan.cleaning}
    return clean(dataset.transactions, rules, dataset.source), plan.as_of


def _scan(plan: Plan, segmenter: Segmenter, prepared: pd.DataFrame) -> pd.DataFrame | None:
    """The views over k, where the model has a k and the data has room for more than one."""
    clustered = prepared[segmenter.clustered_]
    ks = [k for k in plan.ks if k < len(clustered.drop_duplicates())]
    if not ks:
        return None
    return scan_k(plan.model, segmenter.points_, clustered.to_numpy(), ks, sample=plan.sample, seed=plan.seed)


def _customers(segmenter: Segmenter, assigned: pd.DataFrame, features: FeatureTable) -> pd.DataFrame:
    """One row per customer: who, which segment, how sure, and the features behind it."""
    names = [segmenter.scorer_.names[int(label)] for label in segmenter.labels_]
    own = assigned.assign(segment=segmenter.labels_, name=names)
    return own.join(features.frame).reset_index()


def _agreements(segmenter: Segmenter, assigned: pd.DataFrame, about: About) -> dict[str, float]:
    """Whether fitted customers get their own labels back, and how near the truth is where it is known."""
    same = assigned["segment"].to_numpy() == segmenter.labels_
    agreements = {"assignment/self_agreement": float(np.mean(same))}
    if about.truth is not None:
        agreements["truth/adjusted_rand"] = adjusted_rand(assigned.index, segmenter.labels_, about.truth)
    return agreements
