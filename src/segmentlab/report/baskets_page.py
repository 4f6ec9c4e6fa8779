"""What goes together, as one HTML file."""

from collections.abc import Sequence
from datetime import date

from segmentlab.flow import Picture
from segmentlab.goods import BasketPortrait
from segmentlab.report.basket_tables import tell_baskets
from segmentlab.report.html import load_templates, pack_scripts


def write_baskets_page(
    portrait: BasketPortrait, data: str, as_of: date | None, pictures: Sequence[Picture]
) -> str:
    """Write rules, their network and whether they lasted as one self-contained HTML file."""
    until = "" if as_of is None else f", before {as_of}"
    limits = portrait.limits
    return (
        load_templates()
        .get_template("baskets_page.html.jinja")
        .render(
            content={
                "title": "Market basket",
                "subtitle": f"{data}{until}. Support {limits.support:g}, confidence {limits.confidence:g}, "
                f"at most {limits.false_share:g} of the rules by chance.",
                "pictures": pictures,
                "wide": [picture.name for picture in pictures],
            },
            chapter=tell_baskets(portrait),
            scripts=pack_scripts(),
        )
    )
