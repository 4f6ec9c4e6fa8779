"""Histories of customers: the engine counts what pandas counts of the days."""

from datetime import date

import ibis
import numpy as np
import pandas as pd
import pytest

from segmentlab.features import gather_histories, list_days
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
