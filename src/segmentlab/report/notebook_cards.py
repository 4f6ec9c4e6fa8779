"""A segmentation as a notebook shows it: the answer, what is wrong, and a card for each segment."""

from segmentlab.flow import Result
from segmentlab.report.answer import describe_answer
from segmentlab.report.cards import make_cards, tell_stories
from segmentlab.report.html import load_templates
from segmentlab.report.trust import describe_segment_sureness, explain_verdict
from segmentlab.report.wording import Money

MOST_MEDIANS = 6  # features on a card; the profile has them all


def write_notebook_cards(result: Result, notes: tuple[str, ...] = ()) -> str:
    """One piece of HTML without scripts; what comes from data is escaped."""
    judgement, columns = result.judgement, result.described.features.columns
    told = tell_stories(result.portrait, result.products, describe_segment_sureness(judgement))
    return (
        load_templates()
        .get_template("notebook_cards.html.jinja")
        .render(
            answer=describe_answer(result.profile),
            checks=judgement.checks,
            cards=make_cards(result.profile, columns[:MOST_MEDIANS], told, Money.of(result.books)),
            meaning=explain_verdict(judgement),
            notes=notes,
        )
    )
