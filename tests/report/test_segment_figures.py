"""The data step of the figures that describe segments, on tables small enough to check by hand."""

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from segmentlab.features.feature_set import Column
from segmentlab.features.table import FeatureTable
from segmentlab.report.figures.chosen_features import choose_deciding_features, describe_omitted_features
from segmentlab.report.figures.cohort_map import draw_cohort_map, find_cohorts
from segmentlab.report.figures.distributions import (
    GRID_POINTS,
    compute_density_ridges,
    estimate_density,
    limit_features,
)
from segmentlab.report.figures.k_scan import compute_inertia_falls, draw_elbow
from segmentlab.report.figures.pair_plot import draw_pair_plot, list_feature_pairs, sample_pair_points
from segmentlab.report.figures.panels import (
    FeatureScale,
    GridPanel,
    choose_feature_scale,
    lay_out_grid,
    shorten_number,
)
from segmentlab.report.figures.parallel_coordinates import compute_coordinates
from segmentlab.report.figures.profile import draw_snake_plot
from segmentlab.report.figures.recency_frequency_map import (
    count_recency_frequency_cells,
    draw_recency_frequency_map,
)
from segmentlab.report.figures.revenue_concentration import compute_concentration, draw_revenue_concentration
from segmentlab.report.figures.sales import (
    draw_sales_by_segment,
    find_last_complete_month,
    name_month,
    sum_segment_revenue,
)
from segmentlab.report.figures.segment_countries import compute_country_shares, draw_segment_countries
from segmentlab.report.figures.usual_quantities import compute_quantity_shares, draw_usual_quantities
from segmentlab.report.layout import NOISE_SEGMENT, choose_colour
from segmentlab.report.segment_pictures import draw_fact_pictures, draw_feature_pictures
from segmentlab.segments.facts import Facts
from tests.report.shop import AS_OF, make_facts, make_shop

LABELS = pd.Series([0, 0, 1, -1], index=pd.Index(list("abcd"), name="customer_id"))
PROFILE = pd.DataFrame(
    {
        "name": ["Noise", "Best <b>", "Rest"],
        "customers": [1, 2, 1],
        "customer_share": [0.25, 0.5, 0.25],
        "revenue_share": [0.1, 0.8, 0.1],
    },
    index=pd.Index([-1, 0, 1], name="segment"),
)
MONTHS = pd.DataFrame(
    {
        "customer_id": ["a", "a", "a", "b", "c", "d", "d"],
        "month": pd.to_datetime(
            ["2011-01-01", "2011-02-01", "2011-04-01", "2011-01-01", "2011-02-01", "2011-02-01", "2011-03-01"]
        ),
        "revenue": [10.0, 20.0, 5.0, 1.0, 7.0, 2.0, 3.0],
        "orders": 1,
    }
)


def test_segments_are_lined_up_by_what_a_customer_brings():
    found = compute_concentration(PROFILE, pd.Series([70.0, 10.0, 10.0, 10.0]))
    assert found is not None
    assert found.segments.index.tolist() == [0, -1, 1]
    assert found.segments["revenue_share_begin"].tolist() == pytest.approx([0, 0.8, 0.9])
    assert found.segments["customer_share_end"].tolist() == pytest.approx([0.5, 0.75, 1])
    assert found.customers["revenue_share"].tolist() == pytest.approx([0, 0.7, 0.8, 0.9, 1])


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=400))
def test_the_curve_of_customers_rises_ever_more_slowly_to_all_revenue(revenue):
    found = compute_concentration(PROFILE, pd.Series(revenue))
    assert found is not None
    curve = found.customers
    assert curve.iloc[[0, -1]].to_numpy().ravel().tolist() == pytest.approx([0, 0, 1, 1])
    assert (curve["revenue_share"] >= curve["customer_share"] - 1e-9).all()


def test_where_nothing_came_in_there_are_no_shares():
    assert compute_concentration(PROFILE, pd.Series([5.0, -5.0])) is None


def test_a_piece_has_the_colour_and_the_escaped_name_of_its_segment():
    found = compute_concentration(PROFILE, pd.Series([70.0, 30.0]))
    assert found is not None
    best = draw_revenue_concentration(found).figure.data[2]
    assert (best.name, best.line.color) == ("Best &lt;b&gt;", choose_colour(0))


def test_a_snake_has_the_deviations_of_the_heatmap():
    prepared = pd.DataFrame({"age": [3.0, 3.0, -1.0, -5.0], "size": [1.0, 1.0, 1.0, 1.0]}, index=LABELS.index)
    columns = [Column("age", "", ""), Column("size", "", "")]
    profile = PROFILE.assign(age_median=1.0, size_median=1.0)
    noise, best, rest = draw_snake_plot(profile, columns, prepared, LABELS).figure.data
    assert [line.y[0] for line in (noise, best, rest)] == pytest.approx(np.array([-5, 3, -1]) / np.sqrt(11))
    assert np.isnan(best.y[1]), "what is the same for everybody deviates nowhere"


def test_the_most_telling_features_are_those_that_part_the_segments_and_none_of_them_twice():
    columns = [Column(name, "", "") for name in ("noise", "telling", "again", "constant", "second")]
    rng, labels = np.random.default_rng(0), pd.Series(np.repeat([0, 1], 50))
    prepared = pd.DataFrame({"noise": rng.normal(size=100), "telling": labels + rng.normal(0, 0.1, 100)})
    prepared = prepared.assign(
        again=prepared["telling"] * 2, constant=1.0, second=labels + rng.normal(size=100)
    )
    assert [c.name for c in choose_deciding_features(columns, prepared, labels, 2)] == ["telling", "second"]
    assert choose_deciding_features(columns, prepared, labels, 5) == columns
    assert describe_omitted_features(5, 5) == ""
    assert "2 of 5 features" in describe_omitted_features(2, 5)


def test_a_coordinate_is_the_share_of_customers_who_have_less():
    features = pd.DataFrame({"age": [1.0, 2.0, 2.0, 900.0]}, index=LABELS.index)
    found = compute_coordinates(features, [Column("age", "", "years")], LABELS)
    assert found.customers["age"].to_dict() == {"a": 0.125, "b": 0.5, "c": 0.5, "d": 0.875}
    assert found.medians["age"].to_dict() == {-1: 0.875, 0: 0.3125, 1: 0.5}
    assert found.marks["age"][0.5] == 2


def test_a_sampled_parallel_plot_keeps_the_medians_of_all():
    features = pd.DataFrame({"age": np.arange(100.0)})
    found = compute_coordinates(features, [Column("age", "", "")], pd.Series(np.repeat([0, 1], 50)), limit=10)
    assert len(found.customers) == 10
    assert found.medians["age"].tolist() == pytest.approx([0.25, 0.75])


def test_a_scale_is_logarithmic_where_its_set_says_so_and_nothing_is_negative():
    values, tailed = pd.Series(np.geomspace(1, 1e6, 2_000)), Column("money", "", "", "log")
    assert choose_feature_scale(values, tailed).logarithmic
    assert not choose_feature_scale(-values, tailed).logarithmic
    assert not choose_feature_scale(values, Column("money", "", "")).logarithmic


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=50), st.sampled_from(["log", "none"]))
def test_every_value_has_a_place_between_the_ends_of_its_axis(values, transform):
    scale = choose_feature_scale(pd.Series(values), Column("f", "", "", transform))
    positions = scale.positions(pd.Series(values))
    assert scale.low < scale.high
    assert ((positions >= scale.low) & (positions <= scale.high)).all()
    low, high = scale.axis()["range"]
    assert low < scale.low < scale.high < high


def test_ticks_of_a_logarithmic_axis_are_round_numbers():
    axis = FeatureScale(np.log1p(0.0), np.log1p(20_000.0), logarithmic=True).axis()
    assert axis["ticktext"] == ["0", "10", "1k"]
    assert axis["tickvals"] == pytest.approx(np.log([1, 11, 1001]))
    assert [shorten_number(n) for n in (3, 300, 10_000, 3e6, 1e9)] == ["3", "300", "10k", "3M", "1G"]


def test_a_density_sums_to_one_and_is_high_where_the_customers_are():
    scale = FeatureScale(0.0, 10.0, logarithmic=False)
    bell = estimate_density(np.random.default_rng(0).normal(7, 1, 500).clip(0, 10), scale)
    assert bell.sum() == pytest.approx(1)
    assert np.linspace(0, 10, GRID_POINTS)[bell.argmax()] == pytest.approx(7, abs=0.5)
    assert estimate_density(np.array([4.0]), scale).sum() == pytest.approx(1), "one customer is a segment too"


def test_every_segment_has_a_ridge_of_every_feature():
    features = pd.DataFrame({"age": [1.0, 2.0, 3.0, 4.0], "size": 1.0}, index=LABELS.index)
    scales = [choose_feature_scale(features[name], Column(name, "", "")) for name in features]
    drawn = compute_density_ridges(features, LABELS[::-1], scales)
    assert drawn.index.tolist() == [(name, s) for name in ("age", "size") for s in (-1, 0, 1)]
    assert drawn.loc[("age", NOISE_SEGMENT)].to_numpy().argmax() == GRID_POINTS - 1, (
        "the order of the labels is free"
    )


def test_many_segments_leave_room_for_fewer_features():
    assert [limit_features(segments) for segments in (1, 8, 12, 60)] == [12, 12, 8, 2]


def test_pairs_are_the_triangle_below_the_diagonal():
    assert list_feature_pairs(["a", "b", "c"]) == [(1, 0), (2, 0), (2, 1)]


def test_a_pair_plot_is_sampled_and_says_so_with_its_features():
    rng, columns = np.random.default_rng(0), [Column("x_age", "", ""), Column("x_size", "", "")]
    features = pd.DataFrame(rng.normal(size=(900, 2)), columns=["x_age", "x_size"])
    labels = pd.Series(np.where(np.arange(900) < 898, 0, 1))
    assert set(sample_pair_points(features, columns, labels)["segment"]) == {0, 1}
    picture = draw_pair_plot(features, columns, labels, PROFILE.drop(index=-1), known=9)
    assert "each two of Age, Size" in picture.caption
    assert "400 of 900 customers" in picture.caption
    assert "2 of 9 features" in picture.caption


def test_a_point_of_the_pair_plot_has_the_colour_of_its_segment():
    columns = [Column("age", "", ""), Column("size", "", "")]
    features = pd.DataFrame({"age": [1.0, 2.0, 3.0, 4.0], "size": [4.0, 3.0, 2.0, 1.0]}, index=LABELS.index)
    points = draw_pair_plot(features, columns, LABELS, PROFILE, known=2).figure.data[0]
    by_place = {round(x, 2): colour for x, colour in zip(points.x, points.marker.color, strict=True)}
    assert [by_place[place] for place in sorted(by_place)] == [1, 1, 2, 0]
    steps = dict(points.marker.colorscale)
    assert steps[1.0] == choose_colour(1)
    assert points.marker.colorscale[0] == (0, choose_colour(NOISE_SEGMENT))


def test_a_share_of_a_country_is_of_the_segment_and_a_lift_needs_enough_customers():
    labels = pd.Series(np.repeat([0, 1], [100, 20]))
    countries = pd.Series(["UK"] * 90 + ["France"] * 10 + ["UK"] * 10 + ["France"] * 9 + [None])
    data = compute_country_shares(countries, labels, limit=2)
    assert data.overall.to_dict() == pytest.approx({"UK": 100 / 120, "France": 19 / 120})
    assert data.shares.loc[1].tolist() == [0.5, 0.45]
    assert data.lift.loc[0, "France"] == pytest.approx(0.1 / (19 / 120))
    assert np.isnan(data.lift.loc[1, "France"]), "3.2 customers would be expected"
    assert "0.8 % of customers are elsewhere" in draw_segment_countries(data, PROFILE).caption
    assert "missing" in compute_country_shares(countries, labels, limit=3).overall


def test_sales_are_summed_by_segment_with_the_months_that_sold_nothing():
    table = sum_segment_revenue(MONTHS[MONTHS["month"] != "2011-03-01"], LABELS)
    assert table.index.tolist() == ["2011-01", "2011-02", "2011-03", "2011-04"]
    assert table[0].tolist() == [11, 20, 0, 5]
    assert table[-1].tolist() == [0, 2, 0, 0]


@pytest.mark.parametrize(("as_of", "dotted"), [(date(2011, 4, 9), 3), (date(2011, 5, 1), 0)])
def test_a_month_that_is_not_over_is_dotted(as_of, dotted):
    picture = draw_sales_by_segment(MONTHS, LABELS, PROFILE, as_of)
    lines = picture.figure.data
    assert sum(line.line.dash == "dot" for line in lines) == dotted
    assert ("is not complete" in picture.caption) == bool(dotted)
    assert max(len(line.x) for line in lines) == (3 if dotted else 4)


def test_the_last_complete_month_ends_before_the_day():
    days = {date(2011, 1, 1): "2010-12", date(2011, 1, 31): "2010-12", date(2011, 2, 1): "2011-01"}
    assert [name_month(find_last_complete_month(day)) for day in days] == list(days.values())


def test_a_cohort_is_followed_from_its_first_month_to_the_last_complete_one():
    found = find_cohorts(MONTHS, date(2011, 4, 20))
    assert found is not None
    assert found.customers.to_dict() == {"2011-01": 2, "2011-02": 2}
    assert found.active.loc["2011-01"].tolist() == [1, 0.5, 0]
    assert found.active.loc["2011-02"].tolist()[:2] == [1, 0.5]
    assert np.isnan(found.active.loc["2011-02", 2]), "still to come"
    assert draw_cohort_map(found).figure.data[0].z.tolist()[0] == [0.5, 0], "the first month is left out"


def test_long_histories_are_followed_in_quarters_or_years():
    months = pd.date_range("2001-01-01", "2009-12-01", freq="MS")
    history = pd.DataFrame({"customer_id": "a", "month": months, "orders": 1})
    history.loc[0, "customer_id"] = "b"
    for years, period, name in (
        (2, "month", "2001-01"),
        (5, "quarter", "2001 Q1"),
        (9, "quarter", "2001 Q1"),
    ):
        found = find_cohorts(history[: 12 * years], date(2001 + years, 1, 1))
        assert found is not None
        assert (found.period, found.customers.index[0]) == (period, name)


def test_one_month_has_no_cohorts():
    assert find_cohorts(MONTHS, date(2011, 2, 3)) is None
    assert find_cohorts(MONTHS.assign(orders=0), AS_OF) is None


def test_a_cell_has_the_segment_that_most_of_its_customers_are_in():
    customers = pd.DataFrame(
        {"last": pd.to_datetime(["2011-12-01", "2011-12-01", "2011-12-01", "2010-12-01"]),
         "orders": [2, 2, 2, 9], "revenue": [10.0, 20.0, 60.0, 5.0]},
        index=LABELS.index,
    )  # fmt: skip
    table = (
        count_recency_frequency_cells(customers, LABELS, date(2011, 12, 10))
        .sort_values("recency")
        .to_dict("list")
    )
    assert table["customers"] == [3, 1]
    assert table["segment"] == [0, -1]
    assert table["share"] == pytest.approx([2 / 3, 1])
    assert table["revenue"] == [30, 5]
    assert (table["recency"], table["frequency"]) == ([9, 374], [2, 9])
    assert "Nowhere the most: Rest." in draw_recency_frequency_map(pd.DataFrame(table), PROFILE).caption


def test_the_usual_quantity_is_the_one_of_most_lines_and_the_smaller_of_two():
    quantities = pd.DataFrame(
        {
            "customer_id": ["a", "b", "b", "c", "c", "d"],
            "quantity": [12, 12, 1, 6, 2, 500],
            "lines": [3, 1, 2, 4, 4, 1],
        }
    )
    data = compute_quantity_shares(quantities, LABELS, limit=2)
    assert data.most.to_dict() == {-1: 500, 0: 12, 1: 2}
    assert data.shares.columns.tolist() == [2, 12, 500], "the most frequent one of every segment is there"
    assert data.shares.loc[0, 12] == pytest.approx(4 / 6)
    assert "0.0 % to 50.0 % of the lines" in draw_usual_quantities(data, PROFILE).caption


def test_the_elbow_stands_beside_that_of_a_box_without_segments():
    scan = pd.DataFrame({"k": [2, 3], "inertia": [100.0, 40.0], "customers": 90})
    assert compute_inertia_falls(scan)["here"].tolist() == [1, 0.4]
    assert "as the dotted curve shows" not in draw_elbow(scan, chosen=3).caption
    scan["gap"] = np.log([2.0, 3.0])
    assert compute_inertia_falls(scan)["box"].tolist() == pytest.approx([1, 120 / 200])
    assert "as the dotted curve shows" in draw_elbow(scan, chosen=3).caption


@given(st.integers(1, 12), st.integers(1, 4))
def test_panels_of_a_grid_never_overlap(places, columns):
    layout = lay_out_grid([GridPanel("", {}, {})] * places, columns, row_height=100, between=20)
    boxes = [
        (*layout[f"xaxis{n}"]["domain"], *layout[f"yaxis{n}"]["domain"]) for n in ["", *range(2, places + 1)]
    ]
    assert all(0 <= low < high <= 1 + 1e-9 for box in boxes for low, high in (box[:2], box[2:]))
    for n, (left, right, bottom, top) in enumerate(boxes):
        for a, b, c, d in boxes[:n]:
            assert b <= left or right <= a or d <= bottom or top <= c


def test_a_panel_has_its_title_over_its_middle_wherever_it_stands():
    titles = lay_out_grid([GridPanel("one", {}, {})] * 3, 3, row_height=100, between=20)["annotations"]
    assert {title["xanchor"] for title in titles} == {"center"}, "or Plotly chooses another for those beside"


def test_a_log_without_quantities_or_countries_has_the_other_figures():
    shop = make_shop()
    facts = make_facts(shop)
    bare = Facts(facts.customers.drop(columns="country"), facts.months, facts.quantities[:0])
    names = [picture.name for picture in draw_fact_pictures(bare, shop.labels, shop.profile, AS_OF)]
    assert names == ["revenue_concentration", "sales_by_segment", "cohort_map", "recency_frequency_map"]


def test_one_feature_has_a_distribution_and_nothing_to_compare_it_with():
    shop = make_shop(columns=[Column("age", "", "years")])
    features = FeatureTable(shop.prepared, tuple(shop.columns), None, {})
    drawn = draw_feature_pictures(features, shop.prepared, shop.labels, shop.profile)
    assert [picture.name for picture in drawn] == ["distributions"]


def test_a_name_is_no_part_of_a_template():
    shop = make_shop(["%{marker}", "Rest"])
    features = FeatureTable(shop.prepared, tuple(shop.columns), AS_OF, {})
    drawn = [
        *draw_feature_pictures(features, shop.prepared, shop.labels, shop.profile),
        *draw_fact_pictures(make_facts(shop), shop.labels, shop.profile, AS_OF),
    ]
    templates = [trace.hovertemplate for picture in drawn for trace in picture.figure.data]
    assert not any("%{marker}" in template for template in templates if template)


def test_figures_stay_small_however_many_customers_there_are(pictures):
    assert max(len(picture.figure.to_json(validate=False)) for picture in pictures) < 250_000
