"""The data steps of the figures about products, on tables small enough to check by hand."""

import pandas as pd

from segmentlab.report.figures.products import (
    choose_likely_products,
    choose_top_products,
    draw_purchase_likelihood,
    draw_top_products,
)

PROFILE = pd.DataFrame({"name": ["Loyal <b>", "New"]}, index=pd.Index([0, 1], name="segment"))
TABLE = pd.DataFrame(
    [
        (0, "a", "<img src=x onerror=alert(1)>", False, 90.0, 0.6, 0.40, 1.5, 1, 2),
        (0, "b", "", False, 5.0, 0.3, 0.35, 0.9, 2, 1),
        (0, "c", None, False, 1.0, 0.1, 0.30, 0.3, 3, 3),
        (0, "M", "Manual", True, 500.0, 0.5, 0.50, 1.0, pd.NA, pd.NA),
        (1, "a", "<img src=x onerror=alert(1)>", False, 30.0, 0.2, 0.40, 0.5, 2, 3),
        (1, "b", "", False, 7.0, 0.4, 0.35, 1.1, 1, 1),
        (1, "c", None, False, 0.0, 0.005, 0.30, 9.0, 3, 2),
        (1, "M", "Manual", True, 500.0, 0.5, 0.50, 1.0, pd.NA, pd.NA),
    ],
    columns=["segment", "product_id", "description", "charge", "revenue", "likelihood", "overall",
             "times_expected", "rank", "distinctive_rank"],
).astype({"product_id": "category", "rank": "Int64", "distinctive_rank": "Int64"})  # fmt: skip


def test_drawn_is_what_is_first_in_some_segment_by_the_rate_of_all() -> None:
    data = choose_likely_products(TABLE, limit=2)
    assert data.names == ["&lt;img src=x onerror=alert(1)&gt;", "b"]
    assert data.likelihood.to_numpy().tolist() == [[0.6, 0.2], [0.3, 0.4]]
    assert data.times.to_numpy().tolist() == [[1.5, 0.5], [0.9, 1.1]]


def test_a_cell_is_read_in_percent_and_its_colour_stays_within_the_scale() -> None:
    data = choose_likely_products(TABLE)
    assert data.names[-1] == "c"
    cells = draw_purchase_likelihood(data, PROFILE, 739).figure.data[0]
    assert cells.text[2].tolist() == ["10", "0.5"]
    assert cells.z[2].tolist() == [-1.737, 2.0]


def test_sixty_segments_are_drawn_without_numbers() -> None:
    many = pd.concat([TABLE.assign(segment=segment) for segment in range(60)], ignore_index=True)
    many = many.drop_duplicates(["segment", "product_id"])
    names = pd.DataFrame({"name": [f"Segment {number}" for number in range(60)]})
    cells = draw_purchase_likelihood(choose_likely_products(many), names, 739).figure.data[0]
    assert cells.texttemplate is None


def test_bars_lie_behind_each_other_and_charges_are_not_among_them() -> None:
    data = choose_top_products(TABLE, limit=2)
    expected = pd.DataFrame(
        {
            "place": [0, 0, 1, 1],
            "product_id": ["a", "a", "b", "b"],
            "segment": [0, 1, 0, 1],
            "revenue": [90.0, 30.0, 5.0, 7.0],
            "base": [0.0, 90.0, 0.0, 5.0],
        }
    )
    pd.testing.assert_frame_equal(
        data.drop(columns="description").astype({"product_id": "str"}), expected, check_dtype=False
    )
    assert "99.2 %" in draw_top_products(data, PROFILE, total=133.0).caption


def test_a_shop_without_descriptions_shows_ids() -> None:
    nameless = TABLE.drop(columns="description")
    assert choose_likely_products(nameless).names == ["a", "b", "c"]
    ticks = draw_top_products(choose_top_products(nameless), PROFILE, 133.0).figure.layout.yaxis.ticktext
    assert list(ticks) == ["a", "b", "c"]
