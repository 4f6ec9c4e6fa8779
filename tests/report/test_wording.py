import math

import pytest

from segmentlab.features.feature_set import Column
from segmentlab.report.wording import escape_label, format_amount, format_count, format_percent, name_features


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (17431551.18, "17,431,551"), (48.26, "48.3"), (4.0, "4"), (4.271, "4.27"), (-0.3364, "-0.336"),
        (0.0, "0"), (100.0, "100"), (math.nan, "n/a"), (math.inf, "n/a"),
    ],
)  # fmt: skip
def test_a_number_has_the_decimals_its_size_deserves(value, text):
    assert format_amount(value) == text


def test_counts_and_shares():
    assert (format_count(12345.0), format_percent(0.6491), format_count(math.nan)) == (
        "12,345",
        "64.9 %",
        "n/a",
    )


def test_a_feature_loses_its_set_unless_two_sets_have_it():
    columns = [Column(name, "", "") for name in ("rfm_recency", "basket_size", "products_size", "age")]
    assert name_features(columns) == ["Recency", "Basket size", "Products size", "Age"]


def test_a_label_is_escaped_and_cut():
    assert escape_label("<b>a & b</b>") == "&lt;b&gt;a &amp; b&lt;/b&gt;"
    assert escape_label("x" * 10_000) == "x" * 39 + "…"
    assert escape_label("two\nlines") == "two lines"
