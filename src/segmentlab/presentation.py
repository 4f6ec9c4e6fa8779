"""From a result to its pictures and its page."""

from collections.abc import Iterator, Sequence

from segmentlab.described import Described
from segmentlab.model_portrait import model_pictures
from segmentlab.report.figures.k_scan import k_scan
from segmentlab.report.figures.ledger_waterfall import ledger_waterfall
from segmentlab.report.figures.loadings import loadings
from segmentlab.report.figures.nulls import nulls
from segmentlab.report.figures.preparation import preparation
from segmentlab.report.figures.profile_heatmap import profile_heatmap
from segmentlab.report.figures.projection import projection_2d, projection_3d
from segmentlab.report.figures.segment_sizes import segment_sizes
from segmentlab.report.figures.silhouette import silhouette_plot
from segmentlab.report.page import PageContent
from segmentlab.report.page import page as written
from segmentlab.report.picture import Picture
from segmentlab.result import Provenance, Result


def pictures(result: Result) -> list[Picture]:
    """Every figure that this result has the data for, in the order of the page."""
    return list(_pictures(result))


def page(result: Result, drawn: Sequence[Picture], origin: Provenance) -> str:
    """The report as one HTML file."""
    return written(
        PageContent(
            title="Customer segments",
            subtitle=_subtitle(result, origin),
            profile=result.profile,
            columns=result.described.features.columns,
            metrics=result.metrics,
            notes=[*result.described.notes, *result.segmenter.notes_, *result.judgement.evidence.notes],
            pictures=drawn,
            ledger=None if result.described.sales is None else result.described.sales.ledger,
            provenance=_facts(result, origin),
            config=origin.config,
            judgement=result.judgement,
        )
    )


def _pictures(result: Result) -> Iterator[Picture]:
    profile, labels = result.profile, result.labels
    yield segment_sizes(profile)
    yield profile_heatmap(profile, result.described.features.columns, result.prepared, labels)
    yield _preparation(result)
    for dimensions, draw in ((2, projection_2d), (3, projection_3d)):
        if dimensions in result.views:
            yield draw(result.views[dimensions], labels, profile, result.plan.view.axis)
    if result.loadings is not None:
        yield loadings(result.loadings, result.described.features.columns)
    if result.k_scan is not None:
        yield k_scan(result.k_scan, result.found)
    yield from model_pictures(result)
    if not result.judgement.evidence.separation.silhouettes.empty:
        silhouettes = result.judgement.evidence.separation.silhouettes.to_frame()
        yield silhouette_plot(silhouettes.assign(segment=labels), profile)
    if result.judgement.evidence.references:
        yield nulls(result.judgement.evidence.references)
    if result.described.sales is not None:
        yield ledger_waterfall(result.described.sales.ledger)


def _preparation(result: Result) -> Picture:
    features, seen = result.described.features, result.segmenter.clustered_
    return preparation(result.shapes, features.columns, features.frame[seen], result.prepared[seen])


def _subtitle(result: Result, origin: Provenance) -> str:
    choices, described = origin.choices, result.described
    return (
        f"{described.about.name}: {_extent(described)}. "
        f"Features {choices['features']}, prepared by {choices['prepare']}, segmented by {choices['model']}."
    )


def _extent(described: Described) -> str:
    if described.sales is None:
        return f"{len(described.features.frame):,} customers"
    return f"{described.sales.ledger['rows'].iloc[-1]:,} lines as of {described.features.as_of}"


def _facts(result: Result, origin: Provenance) -> dict[str, str]:
    """Enough to find the data, the code and the command again."""
    return {
        "Command": origin.command,
        "Data": f"{result.described.about.name} ({result.described.about.source})",
        "Data digest": result.described.about.digest,
        "Code": origin.code,
        **origin.versions,
    }
