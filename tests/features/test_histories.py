"""Histories of customers: the engine counts what pandas counts of the days."""

from collections.abc import Sequence
from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentlab.features import SEASON_COLUMNS, gather_histories, list_days
from segmentlab.value import summarize_days

TODAY = date(2011, 7, 1)


def _draw_lines() -> pd.DataFrame:
    """Some days with several lines, some with refunds only, and a customer who only brought back."""
    chance = np.random.default_rng(0)
    lines = pd.DataFrame({"customer_id": chance.integers(0, 60, 900).astype(str)})
    days = pd.to_timedelta(chance.integers(0, 170, 900), unit="D") + pd.to_timedelta(10, unit="h")
    lines["timestamp"] = pd.Timestamp("2011-01-01") + days
    lines["line_total"] = chance.normal(20, 18, 900).round(2)
    lines.loc[lines["customer_id"] == "7", "line_total"] = -3.0
    return lines


def test_the_engine_counts_what_the_days_say() -> None:
    """Orders, days and money as `summarize_days` has them; gaps as pandas counts them."""
    lines = ibis.memtable(_draw_lines())
    days = list_days(lines).to_pandas()
    days["day"] = pd.to_datetime(days["day"])
    found = gather_histories(lines, TODAY)
    expected = summarize_days(days, TODAY).sort_index()
    pd.testing.assert_frame_equal(found[expected.columns.tolist()], expected, check_names=False)
    assert "7" not in found.index
    bought = days[days["bought"]].sort_values(["customer_id", "day"])
    gaps = bought.groupby("customer_id")["day"].diff().dt.days
    each = gaps.dropna().groupby(bought["customer_id"])
    assert found["second_gap"].dropna().tolist() == each.first().tolist()
    spread = each.std(ddof=0)[each.count() > 1].to_numpy()
    assert found["gap_spread"].dropna().to_numpy() == pytest.approx(spread, abs=1e-9)


@pytest.mark.parametrize(
    ("months", "today", "season", "to_season"),
    [
        ([12], 3, 1, 9),
        ([11, 12, 1], 3, 3, 8),
        ([11, 1], 12, 3, 0),
        ([5, 6], 7, 2, 10),
        (range(1, 13), 7, 12, 0),
        ([1, 7], 9, 7, 0),
    ],
)
def test_a_season_is_the_shortest_run_of_months(
    months: Sequence[int], today: int, season: float, to_season: float
) -> None:
    """December is followed by January; within the season it is now."""
    days = pd.to_datetime([f"2011-{month}-15" for month in months])
    lines = pd.DataFrame({"customer_id": "anna", "line_total": 5.0, "timestamp": days})
    found = gather_histories(ibis.memtable(lines), date(2012, today, 20))
    assert found[list(SEASON_COLUMNS)].to_numpy().tolist() == [[season, to_season]]
