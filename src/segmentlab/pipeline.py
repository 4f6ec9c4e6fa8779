"""The whole story, in order: from transactions to a result."""

from dataclasses import replace

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
from segmentlab.holdout import Relearnt, foreseen, past, recommended, relearnt
from segmentlab.modelling.preparation.shape import shapes
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.modelling.view import pictured
from segmentlab.report.figures.sampling import stratified
from segmentlab.result import Plan, Result
from segmentlab.segments.facts import gather_facts
from segmentlab.segments.portrait import Portrait, portray
from segmentlab.segments.product_portrait import ProductPortrait, product_portrait
from segmentlab.segments.purchases import purchases
from segmentlab.segments.traits import read_traits
from segmentlab.steps import Steps
from segmentlab.transactions.dataset import About, CustomersOnly, Dataset
from segmentlab.transactions.ledger import each_once
from segmentlab.transactions.schema import check_values
from segmentlab.transactions.suspicious import suspicious_lines
from segmentlab.transactions.until import clean_until


def describe(plan: Plan, dataset: Dataset | CustomersOnly, steps: Steps) -> Described:
    """From lines to customers: clean, and compute what the model will see."""
    check_parts(plan.features, dataset.tables)
    if isinstance(dataset, CustomersOnly):
        return _describe_customers(plan, dataset, steps)
    with steps("clean"):
        check_values(dataset.transactions, dataset.source)
        cleaned, as_of = clean_until(dataset, plan.cleaning, plan.as_of)
        suspicious = suspicious_lines(cleaned.transactions)
    with steps("features"):
        features = feature_table(
            plan.features, cleaned.transactions, as_of, plan.leave_out, dataset.customers
        )
    with steps("facts"):
        as_read = each_once(dataset.transactions, plan.cleaning)
        facts = gather_facts(cleaned.transactions, as_read, as_of)
        traits = None if dataset.customers is None else read_traits(dataset.customers)
    with steps("purchases"):
        bought = purchases(cleaned.transactions, len(features.frame))
    sales = Sales(facts.customers["revenue"], cleaned.ledger, suspicious, facts, bought)
    if not plan.holdout_days:
        return Described(dataset.about, features, sales, traits=traits)
    with steps("holdout"):
        earlier = past(plan, dataset, cleaned.transactions, as_of)
    return Described(dataset.about, features, sales, earlier, traits)


def _describe_customers(plan: Plan, dataset: CustomersOnly, steps: Steps) -> Described:
    """Without lines there is nothing to clean, and no date."""
    if plan.as_of is not None:
        raise ConfigError(f"as_of={plan.as_of}: {dataset.name} has no transactions, so no date to end at.")
    with steps("features"):
        known = customer_table(plan.features, dataset.customers, plan.leave_out)
        return Described(dataset.about, known, traits=read_traits(dataset.customers))


def segment(plan: Plan, described: Described, steps: Steps) -> Result:
    """From customers to segments: learn, judge, and describe what was found."""
    features = described.features
    with steps("fit"):
        segmenter = Segmenter(plan.preparation, plan.projection, plan.model, plan.apart)
        segmenter.fit(features.frame, described.revenue, long_tailed(features))
        prepared = segmenter.scorer_.prepare(features.frame)
        seen = segmenter.clustered_
        shaped = shapes(features.frame[seen], prepared[seen], segmenter.scorer_.preparation)
    with steps("evaluate"):
        evidence = gather(segmenter, prepared, features.frame, plan.effort, plan.seed)
        then = relearnt(plan, described, long_tailed(features))
        evidence = _with_foresight(evidence, plan, then)
        k_scan = _scan(plan, segmenter, prepared)
        assigned = segmenter.scorer_.assign(features.frame)
        metrics = evidence.metrics | _agreements(segmenter, assigned, described.about)
        judgement = judge(evidence, features.frame, segmenter.labels_, metrics)
    with steps("segments"):
        portrait = _named(segmenter, plan, described)
        customers = _customers(segmenter, assigned, features)
    with steps("products"):
        products = _products(plan, described, segmenter, then)
    return Result(
        plan=plan,
        described=described,
        prepared=prepared,
        shapes=shaped,
        segmenter=segmenter,
        customers=customers,
        portrait=portrait,
        judgement=judgement,
        products=products,
        metrics={**metrics, **portrait.metrics, **(products.metrics if products else {})},
        k_scan=k_scan,
        views=pictured(plan.view, prepared, _drawn(segmenter, prepared)),
    )


def long_tailed(features: FeatureTable) -> list[str]:
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


def _with_foresight(evidence: Evidence, plan: Plan, then: Relearnt | str | None) -> Evidence:
    """What the flow would have foreseen, or why nobody can tell."""
    if then is None:
        return evidence
    if isinstance(then, str):
        return replace(evidence, notes=(*evidence.notes, f"Usefulness is not available: {then}."))
    told = foreseen(plan, then)
    return replace(evidence, usefulness=told.table, top_share=told.top_share)


def _products(
    plan: Plan, described: Described, segmenter: Segmenter, then: Relearnt | str | None
) -> ProductPortrait | None:
    """What segments buy and what to recommend, where the data names products."""
    if described.sales is None or isinstance(described.sales.purchases, str):
        return None
    hindsight = recommended(plan, then) if isinstance(then, Relearnt) else None
    labels = pd.Series(segmenter.labels_, index=described.features.frame.index)
    return product_portrait(described.sales.purchases, labels, hindsight)


def _named(segmenter: Segmenter, plan: Plan, described: Described) -> Portrait:
    """Describe the segments, and have the scorer answer with the names that they get."""
    scorer = segmenter.scorer_
    labels = pd.Series(segmenter.labels_, index=described.features.frame.index)
    portrait = portray(described.features, described.people, labels, scorer.given, plan.names, plan.seed)
    segmenter.scorer_ = replace(scorer, names={**scorer.names, **portrait.called})
    return portrait


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
