"""The whole story, in order: from transactions to a result."""

from datetime import date, timedelta

import numpy as np
import pandas as pd

from segmentlab.evaluation.k_scan import scan_k
from segmentlab.evaluation.separation import separation
from segmentlab.evaluation.truth import adjusted_rand
from segmentlab.features.table import FeatureTable, feature_table
from segmentlab.items import DatasetRef
from segmentlab.modelling.segmenter import Segmenter
from segmentlab.modelling.view import view
from segmentlab.result import Plan, Result
from segmentlab.segments.profile import profile, segment_name
from segmentlab.segments.value import customer_value
from segmentlab.steps import Steps
from segmentlab.transactions.cleaning import From
from segmentlab.transactions.dataset import Dataset
from segmentlab.transactions.ledger import Cleaned, clean
from segmentlab.transactions.schema import check_values
from segmentlab.transactions.suspicious import suspicious_lines


def segment(plan: Plan, dataset: Dataset, steps: Steps) -> Result:
    """Run one experiment."""
    with steps("clean"):
        check_values(dataset.transactions, dataset.source)
        cleaned, as_of = _clean(plan, dataset)
        suspicious = suspicious_lines(cleaned.transactions)
    with steps("features"):
        features = feature_table(plan.features, cleaned.transactions, as_of, plan.leave_out)
        revenue = customer_value(cleaned.transactions)
    with steps("fit"):
        segmenter = Segmenter(plan.preparation, plan.projection, plan.model)
        segmenter.fit(features.frame, revenue)
        prepared = segmenter.prepare(features.frame)
    with steps("evaluate"):
        separated = separation(prepared, segmenter.labels_, plan.sample, plan.seed)
        k_scan = _scan(plan, segmenter, prepared)
    with steps("segments"):
        customers = _customers(segmenter, features)
        profiles = profile(features.frame, revenue, segmenter.labels_)
    return Result(
        plan=plan,
        dataset=_reference(dataset, cleaned),
        ledger=cleaned.ledger,
        suspicious=suspicious,
        features=features,
        prepared=prepared,
        segmenter=segmenter,
        customers=customers,
        profile=profiles,
        separation=separated,
        metrics=separated.metrics | _agreements(segmenter, features, dataset),
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
    ks = [k for k in plan.ks if k < len(prepared.drop_duplicates())]
    if not ks:
        return None
    return scan_k(
        plan.model, segmenter.project(prepared), prepared.to_numpy(), ks, sample=plan.sample, seed=plan.seed
    )


def _customers(segmenter: Segmenter, features: FeatureTable) -> pd.DataFrame:
    """One row per customer: who, which segment, how sure, and the features behind it."""
    assigned = segmenter.assign(features.frame)
    names = [segment_name(int(label)) for label in segmenter.labels_]
    answer = pd.DataFrame(
        {"segment": segmenter.labels_, "name": names, "confidence": assigned["confidence"]},
        index=features.frame.index,
    )
    return answer.join(features.frame).reset_index()


def _agreements(segmenter: Segmenter, features: FeatureTable, dataset: Dataset) -> dict[str, float]:
    """Whether fitted customers get their own labels back, and how near the truth is where it is known."""
    again = segmenter.predict(features.frame)
    agreements = {"assignment/self_agreement": float(np.mean(again == segmenter.labels_))}
    if dataset.truth is not None:
        agreements["truth/adjusted_rand"] = adjusted_rand(
            features.frame.index, segmenter.labels_, dataset.truth
        )
    return agreements


def _reference(dataset: Dataset, cleaned: Cleaned) -> DatasetRef:
    read = cleaned.ledger.iloc[0]
    return DatasetRef(
        dataset.name, dataset.digest, dataset.source, rows=int(read["rows"]), customers=int(read["customers"])
    )
