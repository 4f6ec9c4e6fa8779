"""The figures of a report under headings, in the order in which one would ask."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from segmentlab.flow import Picture

CHAPTERS: Final = {
    "Who they are": (
        "segment_sizes",
        "revenue_concentration",
        "profile_heatmap",
        "snake_plot",
        "projection_2d",
        "projection_3d",
        "parallel_coordinates",
        "distributions",
        "pair_plot",
        "segment_countries",
    ),
    "What they buy": ("purchase_likelihood", "top_products", "usual_quantities"),
    "Over time": ("sales_by_segment", "cohort_map", "recency_frequency_map"),
    "What to expect": ("value_calibration", "value_tracking"),
    "How sure": (
        "segment_map",
        "silhouette_plot",
        "nulls",
        "k_scan",
        "elbow",
        "information_criteria",
        "dendrogram",
        "condensed_tree",
        "memberships",
        "k_distance",
    ),
    "Tuning": ("study_choice", "study_front", "study_history", "study_importance", "study_slices"),
    "Data": ("ledger_waterfall", "preparation", "loadings"),
}
# What goes on paper: one figure for each question. The screen has them all.
PAPER_FIGURES: Final = {
    "profile_heatmap",
    "projection_2d",
    "purchase_likelihood",
    "sales_by_segment",
    "segment_map",
    "k_scan",
    "ledger_waterfall",
}
OTHER_CHAPTER: Final = "More"
WIDE_FIGURES: Final = {
    "distributions",
    "k_scan",
    "pair_plot",
    "parallel_coordinates",
    "purchase_likelihood",
    "preparation",
    "study_slices",
    "top_products",
}


class Chapter(NamedTuple):
    """Some figures of one subject."""

    title: str
    anchor: str
    pictures: list[Picture]
    wide: list[str]  # the names of those that need a row of their own
    paper: list[str]  # the names of those that are printed


def arrange_chapters(pictures: Sequence[Picture]) -> list[Chapter]:
    """Every figure in its chapter; those that no chapter names come last."""
    named = {name for names in CHAPTERS.values() for name in names}
    drawn = {picture.name: picture for picture in pictures}
    found = [
        _make_chapter(title, [drawn[name] for name in names if name in drawn])
        for title, names in CHAPTERS.items()
    ]
    found.append(_make_chapter(OTHER_CHAPTER, [picture for picture in pictures if picture.name not in named]))
    return [chapter for chapter in found if chapter.pictures]


def _make_chapter(title: str, pictures: list[Picture]) -> Chapter:
    wide = find_wide([picture.name for picture in pictures])
    paper = [picture.name for picture in pictures if picture.name in PAPER_FIGURES]
    return Chapter(title, f"figures-{title.lower().replace(' ', '-')}", pictures, wide, paper)


def find_wide(names: Sequence[str]) -> list[str]:
    """Those that have a row of their own: they need it, or there is nobody to share it with."""
    wide: list[str] = []
    waiting = ""
    for name in names:
        if name in WIDE_FIGURES:
            wide += [waiting, name] if waiting else [name]
            waiting = ""
        else:
            waiting = "" if waiting else name
    return [*wide, waiting] if waiting else wide
