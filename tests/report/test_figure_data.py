"""The data step of each figure, on tables small enough to check by hand."""

import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal, assert_series_equal

from segmentlab.evaluation.k_scan import list_k_choices
from segmentlab.evaluation.sample import choose_drawn_customers, describe_sampling
from segmentlab.features.feature_set import Column
from segmentlab.report.figures.ledger_waterfall import compute_waterfall, draw_ledger_waterfall
from segmentlab.report.figures.profile import compute_profile_deviations
from segmentlab.report.figures.projection import select_projected_customers
from segmentlab.report.figures.segment_sizes import compute_size_shares
from segmentlab.report.figures.separation import build_silhouette_knives, draw_silhouette_plot

PROFILE = pd.DataFrame(
    {
        "name": ["Big <b>", "Small"],
        "customers": [1, 3],
        "customer_share": [0.25, 0.75],
        "revenue": [90.0, 10.0],
        "revenue_share": [0.9, 0.1],
        "age_mean": [40.0, 20.0],
        "age_median": [40.0, 21.0],
    },
    index=pd.Index([0, 1], name="segment"),
)


def test_shares_stand_beside_the_escaped_name():
    expected = pd.DataFrame(
        {"name": ["Big &lt;b&gt;", "Small"], "customers": [0.25, 0.75], "revenue": [0.9, 0.1]},
        index=pd.Index([0, 1], name="segment"),
    )
    assert_frame_equal(compute_size_shares(PROFILE), expected)


def test_a_profile_deviates_in_standard_deviations_of_all_customers():
    customers = pd.Index(["a", "b", "c", "d"], name="customer_id")
    prepared = pd.DataFrame({"age": [3.0, -1.0, -1.0, -1.0]}, index=customers)
    labels = pd.Series([1, 1, 1, 0], index=customers[::-1])
    data = compute_profile_deviations(PROFILE, [Column("age", "", "years")], prepared, labels)
    assert data.deviations["age"].tolist() == pytest.approx([np.sqrt(3), -1 / np.sqrt(3)])
    assert data.medians["age"].tolist() == [40.0, 21.0]


def test_a_constant_feature_deviates_nowhere():
    prepared = pd.DataFrame({"age": [2.0, 2.0]}, index=["a", "b"])
    data = compute_profile_deviations(
        PROFILE, [Column("age", "", "")], prepared, pd.Series([0, 1], index=["a", "b"])
    )
    assert data.deviations["age"].isna().all()


def test_a_small_shop_is_drawn_whole():
    view = pd.DataFrame({"x": [1.0, 2.0], "y": [3.0, 4.0]}, index=["a", "b"])
    drawn = select_projected_customers(view, pd.Series({"b": -1, "a": 0}))
    assert_frame_equal(drawn, view.assign(segment=[0, -1]))


def test_a_sample_keeps_its_limit_the_proportions_and_the_smallest_segment():
    segments = pd.Series([0] * 900 + [1] * 99 + [2], index=[f"c{n:04d}" for n in range(1000)])
    chosen = choose_drawn_customers(segments, limit=100)
    sizes = segments[chosen].value_counts()
    assert sizes.sum() <= 100
    assert sizes.to_dict() == {0: 89, 1: 10, 2: 1}


def test_a_sample_does_not_depend_on_the_order_of_the_rows():
    segments = pd.Series([0, 1] * 50, index=[f"c{n:03d}" for n in range(100)])
    shuffled = segments.sample(frac=1, random_state=1)
    assert_series_equal(
        segments[choose_drawn_customers(segments, 10)], shuffled[choose_drawn_customers(shuffled, 10)]
    )


def test_what_was_left_out_is_said():
    assert describe_sampling(90, 90) == ""
    assert "5,000 of 12,345 customers" in describe_sampling(5_000, 12_345)


def test_each_score_names_its_best_k_and_inertia_never_does():
    scan = pd.DataFrame(
        {
            "k": [2, 3, 4],
            "inertia": [9.0, 5.0, 1.0],
            "silhouette": [0.3, np.nan, 0.2],
            "davies_bouldin": [1.2, 0.9, 1.1],
            "calinski_harabasz": [np.nan, np.nan, np.nan],
        }
    )
    assert list_k_choices(scan) == {"silhouette": 2, "davies_bouldin": 3}


def test_knives_are_ranked_stacked_and_without_noise():
    table = pd.DataFrame({"segment": [1, 0, 0, -1, 1], "silhouette": [0.1, 0.2, 0.6, np.nan, 0.5]})
    first, second = build_silhouette_knives(table)
    assert (first.segment, first.mean, first.silhouettes.tolist()) == (0, pytest.approx(0.4), [0.6, 0.2])
    assert (second.segment, second.silhouettes.tolist()) == (1, [0.5, 0.1])
    assert first.positions.tolist() == [0, 1]
    assert second.positions.tolist() == pytest.approx([2.08, 3.08])  # after two customers and the gap


def test_a_long_knife_is_thinned_and_keeps_both_ends():
    table = pd.DataFrame({"segment": 0, "silhouette": np.linspace(-0.5, 0.5, 1000)})
    (blade,) = build_silhouette_knives(table, limit=50)
    assert len(blade.silhouettes) == 50
    assert (blade.silhouettes[0], blade.silhouettes[-1]) == (0.5, -0.5)
    assert (blade.positions[0], blade.positions[-1]) == (0, 999)


def test_a_silhouette_plot_says_when_it_was_measured_on_a_sample():
    table = pd.DataFrame({"segment": [0, 1, 1, 1], "silhouette": 0.5})
    assert "Measured" not in draw_silhouette_plot(table, PROFILE).caption
    assert "Measured on 3 of 4 customers" in draw_silhouette_plot(table[:3], PROFILE).caption


LEDGER = pd.DataFrame(
    [("read", 10, 4, 90.0), ("nobody", 3, 0, 20.0), ("idle", 0, 0, 0.0), ("cancelled", 2, 1, -15.0),
     ("netted", 1, 0, 0.0), ("kept", 4, 3, 85.0)],
    columns=["rule", "rows", "customers", "revenue"],
)  # fmt: skip


def test_a_rule_hangs_where_the_rules_before_it_left_off():
    bars = compute_waterfall(LEDGER, "rows").set_index("rule")
    assert bars["base"].to_dict() == {"read": 0, "nobody": 7, "cancelled": 5, "netted": 4, "kept": 0}
    assert bars["length"].to_dict() == {"read": 10, "nobody": 3, "cancelled": 2, "netted": 1, "kept": 4}


def test_negative_revenue_taken_out_leaves_more():
    bars = compute_waterfall(LEDGER, "revenue").set_index("rule")
    assert bars["base"].to_dict() == {"read": 0, "nobody": 70, "cancelled": 70, "netted": 85, "kept": 0}
    assert bars["amount"].to_dict() == {"read": 90, "nobody": -20, "cancelled": 15, "netted": 0, "kept": 85}


def test_a_waterfall_says_its_amounts_with_their_share_of_all():
    lines, revenue = draw_ledger_waterfall(LEDGER).figure.data
    assert lines.text[:2] == ("10 (100.0 %)", "\N{MINUS SIGN}3 (30.0 %)")
    assert revenue.text[2:] == ("+15 (16.7 %)", "0 (0.0 %)", "85 (94.4 %)")


def test_a_ledger_without_rules_or_revenue_is_drawn():
    nothing = LEDGER.iloc[[0, -1]].assign(rows=4, revenue=0.0).reset_index(drop=True)
    assert draw_ledger_waterfall(nothing).figure.data[1].text == ("0", "0")
