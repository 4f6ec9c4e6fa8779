"""From customers to segments: fit them, then judge them and describe what was found."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from segmentlab.errors import ConfigError
from segmentlab.evaluation import (
    Evidence,
    Flow,
    choose_drawn_customers,
    compare_with_truth,
    judge_segments,
    measure_separation,
    scan_k,
    set_k,
    stream_evidence,
    work_beside,
)
from segmentlab.flow.ahead import ValueAhead, foresee_value
from segmentlab.flow.holdout import (
    foresee,
    judge_days,
    judge_recommendations,
    judge_value,
    relearn,
    relearn_earlier,
)
from segmentlab.flow.result import DescribedCustomers, FittedSegments, OwnEvidence, PastSegments, Plan, Result
from segmentlab.flow.steps import StepTimer
from segmentlab.flow.stock_ahead import foresee_stock
from segmentlab.goods import FEWER_RELATED, MOST_RELATED, ProductPortrait, portray_products
from segmentlab.modelling import (
    Clusterer,
    Segmenter,
    StageMemory,
    check_stage,
    compute_views,
    describe_shapes,
    has_different_rows,
    make_anew,
)
from segmentlab.segments import Portrait, portray_segments


class OtherViews(NamedTuple):
    """What neither judges the segments nor waits for who does: other numbers, products, what to expect."""

    k_scan: pd.DataFrame | None
    products: ProductPortrait | None
    ahead: ValueAhead | str


def segment(plan: Plan, described: DescribedCustomers, steps: StepTimer) -> Result:
    """From customers to segments: learn, judge, and describe what was found."""
    return complete(fit_segments(plan, described, steps), steps)


def fit_segments(
    plan: Plan, described: DescribedCustomers, steps: StepTimer, known: StageMemory = make_anew
) -> FittedSegments:
    """The segments with their names, sizes, money and separation: the answer, before anything is drawn.

    `known` is what other segmentations of the same described customers have learnt.
    """
    features = described.features
    with steps("fit"):
        segmenter = Segmenter(plan.preparation, plan.projection, plan.model, plan.apart)
        segmenter.fit(features.frame, value=described.revenue, long_tailed=features.long_tailed, known=known)
        if described.crowd is not None:
            from segmentlab.flow.everybody import learn_from_everybody

            sums = learn_from_everybody(segmenter, plan, described.crowd, features.frame)
        prepared = segmenter.scorer_.prepare(features.frame)
    with steps("segments"):
        portrait = _name_segments(segmenter, plan, described)
        separation = measure_separation(prepared, segmenter.labels_, plan.effort.sample, plan.seed)
    fitted = FittedSegments(plan, described, prepared, segmenter, portrait, separation)
    if described.crowd is None:
        return fitted
    from segmentlab.flow.everybody import place_everybody

    with steps("place"):
        return place_everybody(fitted, described.crowd, sums)


@contextmanager
def view_beside(fitted: FittedSegments) -> Iterator[Callable[[], OtherViews] | None]:
    """The other views, which a second process computes while something else is done within the block.

    Nothing where that does not pay. Many draws at each k are shared among processes of their own, and so is a
    map of neighbours, whose threads do not survive a fork.
    """
    plan = fitted.plan
    if fitted.is_quick or (plan.effort.is_light and not Flow(plan.projection, plan.model).slow):
        with work_beside(partial(_view_otherwise, fitted)) as views:
            yield views
    else:
        yield None


def _view_otherwise(fitted: FittedSegments) -> OtherViews:
    """Products wait for the segments of an earlier day, where there is one."""
    scan = _scan_numbers(fitted.plan, fitted.segmenter, fitted.prepared)
    ahead = foresee_value(fitted.described, fitted.plan.horizons)
    if fitted.described.past is not None:
        return OtherViews(scan, None, ahead)
    products = _describe_products(fitted.plan, fitted.described, fitted.segmenter, ())
    return OtherViews(scan, products, ahead)


def complete(
    fitted: FittedSegments, steps: StepTimer, *, views: Callable[[], OtherViews] | None = None
) -> Result:
    """Judge the segments, as much as their plan asks for, look at other numbers of them and at products.

    Another process may compute `views` already.
    """
    judged = judge_fitted(fitted, gather_own_evidence(fitted, steps), steps)
    if views is None:
        return add_stock(add_products(add_value(add_k_scan(judged, steps), steps), steps), steps)
    with steps("evaluate"):
        known = views()
    seen = replace(add_k_scan(judged, steps, lambda: known.k_scan), ahead=known.ahead)
    return add_stock(add_products(seen, steps, known.products), steps)


def gather_own_evidence(fitted: FittedSegments, steps: StepTimer) -> OwnEvidence:
    """All that is drawn and fitted again to judge the segments: what takes long, and nothing else.

    It needs of the fitted segments no more than `fitted.for_evidence`, so it may run in another process.
    """
    with steps("evaluate"):
        *_, (_, own) = stream_own_evidence(fitted)
    return own


def stream_own_evidence(fitted: FittedSegments) -> Iterator[tuple[str, OwnEvidence]]:
    """The same, one kind after the other: the kind, and all that is known by then; the last has all."""
    plan, described, segmenter = fitted.plan, fitted.described, fitted.segmenter
    for kind, evidence in stream_evidence(
        segmenter, fitted.prepared, described.features.frame, plan.effort, plan.seed, fitted.separation
    ):
        notes = (*evidence.notes, *fitted.notes)
        known = replace(evidence, subscriptions=described.subscriptions, notes=notes)
        yield kind, OwnEvidence(known, None)
    then = relearn(plan, described)
    earlier = relearn_earlier(plan, described) if isinstance(then, PastSegments) else ()
    yield "usefulness", OwnEvidence(_add_foresight(known, plan, then, earlier), then, earlier)


def judge_fitted(fitted: FittedSegments, own: OwnEvidence, steps: StepTimer) -> Result:
    """Verdict and checks from the evidence; other numbers of segments, and products, can be added."""
    plan, described, segmenter, prepared = fitted.plan, fitted.described, fitted.segmenter, fitted.prepared
    features, portrait = described.features, fitted.portrait
    with steps("evaluate"):
        evidence = replace(own.evidence, truths=portrait.truths)
        metrics = evidence.metrics | _measure_agreements(fitted)
        judgement = judge_segments(
            evidence,
            features.frame,
            segmenter.labels_,
            metrics,
            segmenter.scorer_.preparation,
            names=portrait.called,
            money=described.money,
        )
    seen = segmenter.clustered_
    return Result(
        plan=plan,
        described=described,
        prepared=prepared,
        shapes=describe_shapes(features.frame[seen], prepared[seen], segmenter.scorer_.preparation),
        segmenter=segmenter,
        customers=fitted.customers,
        portrait=portrait,
        judgement=judgement,
        products=None,
        metrics={**metrics, **portrait.metrics},
        k_scan=None,
        views=compute_views(plan.view, prepared, _choose_drawn_customers(segmenter, prepared)),
        then=own.then,
        earlier=own.earlier,
        everybody=fitted.everybody,
    )


def add_k_scan(
    result: Result, steps: StepTimer, scan: Callable[[], pd.DataFrame | None] | None = None
) -> Result:
    """The same with the views over k, which `scan` gives where they are known or on their way."""
    own = partial(_scan_numbers, result.plan, result.segmenter, result.prepared)
    with steps("evaluate"):
        return replace(result, k_scan=(scan or own)())


def add_value(result: Result, steps: StepTimer) -> Result:
    """The same with what to expect of customers, for each horizon that the plan has."""
    with steps("value"):
        return replace(result, ahead=foresee_value(result.described, result.plan.horizons))


def add_products(result: Result, steps: StepTimer, known: ProductPortrait | None = None) -> Result:
    """The same with what segments buy and what to recommend, where the data names products."""
    with steps("products"):
        days = (result.then, *result.earlier)
        products = known or _describe_products(result.plan, result.described, result.segmenter, days)
    if products is None:
        return result
    return replace(result, products=products, metrics={**result.metrics, **products.metrics})


def add_stock(result: Result, steps: StepTimer) -> Result:
    """The same with what to have in stock, where the plan asks for it and earlier days are looked at."""
    plan = result.plan
    if not plan.stock_weeks or not plan.holdout_days:
        return result
    with steps("stock"):
        return replace(
            result, stock=foresee_stock(result.described, result.labels, result.then, plan.stock_weeks)
        )


def _choose_drawn_customers(segmenter: Segmenter, prepared: pd.DataFrame) -> pd.Index:
    """The customers that pictures show: all, or a sample that leaves no segment out."""
    return choose_drawn_customers(pd.Series(segmenter.labels_, index=prepared.index))


def _scan_numbers(plan: Plan, segmenter: Segmenter, prepared: pd.DataFrame) -> pd.DataFrame | None:
    """The views over k, where the model has a k and the data has room for more than one; one is an answer."""
    clustered = prepared[segmenter.clustered_]
    ks = [k for k in plan.ks if has_different_rows(clustered, k + 1) and _can_divide(segmenter.model_, k)]
    if not ks:
        return None
    flow = Flow(plan.projection, segmenter.model_)
    return scan_k(flow, segmenter.points_, clustered.to_numpy(), [1, *ks], plan.effort, plan.seed)


def _can_divide(model: Clusterer, k: int) -> bool:
    """Whether a model may be asked for so many segments: a smallest and a largest size leave few numbers."""
    try:
        check_stage(set_k(model, k))
    except ConfigError:
        return False
    return True


def _add_foresight(
    evidence: Evidence,
    plan: Plan,
    then: PastSegments | str | None,
    earlier: Sequence[PastSegments | str],
) -> Evidence:
    """What the flow would have foreseen, or why nobody can tell."""
    if then is None:
        return evidence
    if isinstance(then, str):
        return replace(evidence, notes=(*evidence.notes, f"Usefulness is not available: {then}."))
    told = foresee(plan, then)
    paired, notes = judge_days(plan, (then, *earlier))
    return replace(
        evidence,
        usefulness=told.table,
        top_share=told.top_share,
        later_value=judge_value(then.known),
        paired=paired,
        notes=(*evidence.notes, *notes),
    )


def _describe_products(
    plan: Plan,
    described: DescribedCustomers,
    segmenter: Segmenter,
    days: Sequence[PastSegments | str | None],
) -> ProductPortrait | None:
    """What segments buy and what to recommend, where the data names products."""
    sales = described.sales
    if sales is None or isinstance(sales.purchases, str):
        return None
    labels = pd.Series(segmenter.labels_, index=described.features.frame.index)
    most = MOST_RELATED if plan.holdout_days else FEWER_RELATED
    hindsight = judge_recommendations(days)
    return portray_products(sales.purchases, labels, hindsight, sales.product_days, most_related=most)


def _name_segments(segmenter: Segmenter, plan: Plan, described: DescribedCustomers) -> Portrait:
    """Describe the segments, and have the scorer answer with the names that they get."""
    scorer = segmenter.scorer_
    labels = pd.Series(segmenter.labels_, index=described.features.frame.index)
    own = getattr(segmenter.model_, "segment_names_", {})  # of segments that were made elsewhere
    given = scorer.given | {
        number: own[int(label)] for number, label in enumerate(scorer.order) if int(label) in own
    }
    standing = described.standing
    shares = None if standing is None else standing.share_true(plan.names.conditions, labels)
    portrait = portray_segments(
        described.features, described.people, labels, given, plan.names, plan.seed, shares
    )
    portrait = replace(portrait, notes=(*portrait.notes, *_note_unnamed(described)))
    segmenter.scorer_ = replace(scorer, names={**scorer.names, **portrait.called})
    return portrait


def _note_unnamed(described: DescribedCustomers) -> Iterator[str]:
    """Why segments have no names, or not everybody a state."""
    standing = None if described.sales is None else described.sales.standing
    if isinstance(standing, str):
        yield f"Names are not available, and segments are described instead: {standing}"
    elif standing is not None and described.crowd is not None:
        yield "Customers who stay in Spark have no state; names rest on the sample that was looked at."
    elif standing is not None and not standing.of_all:
        yield f"States are known of the {len(standing.customers):,} customers that were looked at."


def _measure_agreements(fitted: FittedSegments) -> dict[str, float]:
    """Whether fitted customers get their own labels back, and how near the truth is where it is known."""
    own, about = fitted.segmenter.labels_, fitted.described.about
    agreements = {"assignment/self_agreement": float(np.mean(fitted.placed["segment"].to_numpy() == own))}
    if about.truth is not None:
        agreements["truth/adjusted_rand"] = compare_with_truth(fitted.placed.index, own, about.truth)
    return agreements
