"""From a result to its pictures and its page."""

from collections.abc import Iterator, Sequence

from segmentlab.described import Described
from segmentlab.model_portrait import model_pictures
from segmentlab.report.figures.elbow import elbow
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
from segmentlab.segment_pictures import fact_pictures, feature_pictures, product_pictures


def reported(
    result: Result, origin: Provenance, extent: str, of_study: Sequence[Picture] = ()
) -> tuple[list[Picture], str | None]:
    """The figures that are kept as files, those of a study among them, and the page.

    A summary has the same figures on its page. A full one has more of them, and says more of each
    segment. An extent of `none` has nothing of both.
    """
    if extent == "none":
        return [], None
    main, full = [*main_pictures(result), *of_study], extent == "full"
    drawn = [*main, *further_pictures(result)] if full else main
    return main, page(result, drawn, origin, with_customers=full)


def pictures(result: Result) -> list[Picture]:
    """Every figure that this result has the data for."""
    return [*main_pictures(result), *further_pictures(result)]


def page(result: Result, drawn: Sequence[Picture], origin: Provenance, *, with_customers: bool = True) -> str:
    """The report as one HTML file."""
    return written(
        PageContent(
            title="Customer segments",
            subtitle=_subtitle(result, origin),
            profile=result.profile,
            columns=result.described.features.columns,
            metrics=result.metrics,
            notes=_notes(result),
            pictures=drawn,
            ledger=None if result.described.sales is None else result.described.sales.ledger,
            provenance=_facts(result, origin),
            config=origin.config,
            judgement=result.judgement,
            portrait=result.portrait,
            customers=result.customers if with_customers else None,
            products=result.products,
        )
    )


def main_pictures(result: Result) -> Iterator[Picture]:
    """The figures that answer the first questions; each is kept as a file too, to lay runs side by side."""
    profile, labels = result.profile, result.labels
    yield segment_sizes(profile)
    yield profile_heatmap(profile, result.described.features.columns, result.prepared, labels)
    if 2 in result.views:
        yield projection_2d(result.views[2], labels, profile, result.plan.view.axis)
    if result.k_scan is not None:
        yield k_scan(result.k_scan, result.found)
    if not result.judgement.evidence.separation.silhouettes.empty:
        silhouettes = result.judgement.evidence.separation.silhouettes.to_frame()
        yield silhouette_plot(silhouettes.assign(segment=labels), profile)
    if result.judgement.evidence.references:
        yield nulls(result.judgement.evidence.references)
    if result.described.sales is not None:
        yield ledger_waterfall(result.described.sales.ledger)


def further_pictures(result: Result) -> Iterator[Picture]:
    """The figures for whoever wants to know more."""
    features, sales = result.described.features, result.described.sales
    yield from feature_pictures(features, result.prepared, result.labels, result.profile)
    if sales is not None and features.as_of is not None:
        yield from fact_pictures(sales.facts, result.labels, result.profile, features.as_of)
    if result.products is not None:
        yield from product_pictures(result.products.likelihoods, result.profile)
    if result.k_scan is not None:
        yield elbow(result.k_scan, result.found)
    yield _preparation(result)
    if 3 in result.views:
        yield projection_3d(result.views[3], result.labels, result.profile, result.plan.view.axis)
    if result.loadings is not None:
        yield loadings(result.loadings, result.described.features.columns)
    yield from model_pictures(result)


def _preparation(result: Result) -> Picture:
    features, seen = result.described.features, result.segmenter.clustered_
    return preparation(result.shapes, features.columns, features.frame[seen], result.prepared[seen])


def _notes(result: Result) -> list[str]:
    """What can't be told, and what comes from a sample, each said once."""
    told = (
        result.described.notes,
        result.segmenter.notes_,
        result.portrait.notes,
        result.product_notes,
        result.judgement.evidence.notes,
    )
    return list(dict.fromkeys(note for notes in told for note in notes))


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
