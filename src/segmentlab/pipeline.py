"""The whole story, in order: from transactions to a result."""

from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd

from segmentlab.described import Described, Sales
from segmentlab.errors import ConfigError
from segmentlab.evaluation.evidence import Evidence
from segmentlab.evaluation.gather import gather
from segmentlab.evaluation.judgement import judge
from segmentlab.evaluation.k_scan import scan_k
from segmentlab.evaluation.refit import Flow
from segmentlab.evaluation.truth import adjusted_rand
from segmentlab.features.needs import check_parts
from segmentlab.features.table import FeatureTable, customer_table, feature_table
from segmentlab.holdout import foreseen, past
from segmentlab.modelling.preparation.shape import shapes
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.modelling.view import pictured
from segmentlab.report.figures.sampling import stratified
from segmentlab.result import Plan, Result
from segmentlab.segments.profile import profile
from segmentlab.segments.value import customer_value
from segmentlab.steps import Steps
from segmentlab.transactions.cleaning import From
from segmentlab.transactions.dataset import About, CustomersOnly, Dataset
from segmentlab.transactions.ledger import Cleaned, clean
from segmentlab.transactions.schema import check_values
from segmentlab.transactions.suspicious import suspicious_lines


def describe(plan: Plan, dataset: Dataset | CustomersOnly, steps: Steps) -> Described:
    """From lines to customers: clean, and compute what the model will see."""
    check_parts(plan.features, dataset.tables)
    if isinstance(dataset, CustomersOnly):
        return _describe_customers(plan, dataset, steps)
    with steps("clean"):
        check_values(dataset.transactions, dataset.source)
        cleaned, as_of = _clean(plan, dataset)
        suspicious = suspicious_lines(cleaned.transactions)
    with steps("features"):
        features = feature_table(
            plan.features, cleaned.transactions, as_of, plan.leave_out, dataset.customers
        )
        revenue = customer_value(cleaned.transactions)
    sales = Sales(revenue, cleaned.ledger, suspicious)
    if not plan.holdout_days:
        return Described(dataset.about, features, sales)
    with steps("holdout"):
        earlier = past(plan, dataset, cleaned.transactions, as_of)
    return Described(dataset.about, features, sales, earlier)


def _describe_customers(plan: Plan, dataset: CustomersOnly, steps: Steps) -> Described:
    """Without lines there is nothing to clean, and no date."""
    if plan.as_of is not None:
        raise ConfigError(f"as_of={plan.as_of}: {dataset.name} has no transactions, so no date to end at.")
    with steps("features"):
        return Described(dataset.about, customer_table(plan.features, dataset.customers, plan.leave_out))


def segment(plan: Plan, described: Described, steps: Steps) -> Result:
    """From customers to segments: learn, judge, and describe what was found."""
    features = described.features
    with steps("fit"):
        segmenter = Segmenter(plan.preparation, plan.projection, plan.model, plan.apart)
        segmenter.fit(features.frame, described.revenue, _long_tailed(features))
        prepared = segmenter.scorer_.prepare(features.frame)
        seen = segmenter.clustered_
        shaped = shapes(features.frame[seen], prepared[seen], segmenter.scorer_.preparation)
    with steps("evaluate"):
        evidence = gather(segmenter, prepared, features.frame, plan.effort, plan.seed)
        evidence = _with_foresight(evidence, plan, described)
        k_scan = _scan(plan, segmenter, prepared)
        assigned = segmenter.scorer_.assign(features.frame)
        metrics = evidence.metrics | _agreements(segmenter, assigned, described.about)
        judgement = judge(evidence, features.frame, segmenter.labels_, metrics)
    with steps("segments"):
        customers = _customers(segmenter, assigned, features)
        profiles = profile(features.frame, described.revenue, segmenter.labels_, segmenter.scorer_.names)
    return Result(
        plan=plan,
        described=described,
        prepared=prepared,
        shapes=shaped,
        segmenter=segmenter,
        customers=customers,
        profile=profiles,
        judgement=judgement,
        metrics=metrics,
        k_scan=k_scan,
        views=pictured(plan.view, prepared, _drawn(segmenter, prepared)),
    )


def _clean(plan: Plan, dataset: Dataset) -> tuple[Cleaned, date]:
    """Clean lines that end before `as_of`, which is the day after the last line unless it is given."""
    if plan.as_of is None:
        last = dataset.transactions["timestamp"].max().to_pyarrow().as_py()
        return clean(dataset.transactions, plan.cleaning, dataset.source), last.date() + timedelta(days=1)
    rules = {"from_as_of": From(plan.as_of.isoformat()), **plan.cleaning}
    return clean(dataset.transactions, rules, dataset.source), plan.as_of


def _long_tailed(features: FeatureTable) -> list[str]:
    """The features for which their set suggests a logarithm."""
    return [column.name for column in features.columns if column.transform == "log"]


def _drawn(segmenter: Segmenter, prepared: pd.DataFrame) -> pd.Index:
    """The customers that pictures show: all, or a sample that leaves no segment out."""
    return stratified(pd.Series(segmenter.labels_, index=prepared.index))


def _scan(plan: Plan, segmenter: Segmenter, prepared: pd.DataFrame) -> pd.DataFrame | None:
    """The views over k, where the model has a k and the data has room for more than one."""
    clustered = prepared[segmenter.clustered_]
    ks = [k for k in plan.ks if k < len(clustered.drop_duplicates())]
    if not ks:
        return None
    flow = Flow(plan.projection, plan.model)
    return scan_k(flow, segmenter.points_, clustered.to_numpy(), ks, plan.effort, plan.seed)


def _with_foresight(evidence: Evidence, plan: Plan, described: Described) -> Evidence:
    """What the flow would have foreseen, or why nobody can tell."""
    if not plan.holdout_days or described.past is None:
        return evidence
    known = described.past
    told = known if isinstance(known, str) else foreseen(plan, known, _long_tailed(described.features))
    if isinstance(told, str):
        return replace(evidence, notes=(*evidence.notes, f"Usefulness is not available: {told}."))
    return replace(evidence, usefulness=told.table, top_share=told.top_share)


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
