"""From a result to its pictures and its page."""

from collections.abc import Iterator, Sequence

from segmentlab.report.figures.k_scan import k_scan
from segmentlab.report.figures.ledger_waterfall import ledger_waterfall
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
            notes=result.separation.notes,
            pictures=drawn,
            ledger=result.described.ledger,
            provenance=_facts(result, origin),
            config=origin.config,
        )
    )


def _pictures(result: Result) -> Iterator[Picture]:
    profile, labels = result.profile, result.labels
    yield segment_sizes(profile)
    yield profile_heatmap(profile, result.described.features.columns, result.prepared, labels)
    axes = "principal component"
    if "y" in result.view:
        yield projection_2d(result.view, labels, profile, axes)
    if "z" in result.view:
        yield projection_3d(result.view, labels, profile, axes)
    if result.k_scan is not None:
        yield k_scan(result.k_scan, int(result.metrics["segments/count"]))
    if not result.separation.silhouettes.empty:
        silhouettes = result.separation.silhouettes.to_frame()
        yield silhouette_plot(silhouettes.assign(segment=labels), profile)
    yield ledger_waterfall(result.described.ledger)


def _subtitle(result: Result, origin: Provenance) -> str:
    choices, described = origin.choices, result.described
    return (
        f"{described.about.name}: {described.ledger['rows'].iloc[-1]:,} lines as of {described.features.as_of}. "
        f"Features {choices['features']}, prepared by {choices['prepare']}, segmented by {choices['model']}."
    )


def _facts(result: Result, origin: Provenance) -> dict[str, str]:
    """Enough to find the data, the code and the command again."""
    return {
        "Command": origin.command,
        "Data": f"{result.described.about.name} ({result.described.about.source})",
        "Data digest": result.described.about.digest,
        "Code": origin.code,
        **origin.versions,
    }
