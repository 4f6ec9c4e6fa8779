"""The answer in a sentence: how many segments there are, and what was sold and kept."""

from collections.abc import Mapping

import pandas as pd

from segmentlab.report.layout import NOISE_SEGMENT
from segmentlab.report.wording import format_count, format_money, format_percent
from segmentlab.transactions import read_money


def describe_answer(profile: pd.DataFrame) -> str:
    """Say how many segments there are, and which one brings the most or else is the largest."""
    segments = profile.drop(index=NOISE_SEGMENT, errors="ignore")
    total = format_count(profile["customers"].sum())
    if segments.empty:
        return f"No segments were found among {total} customers."
    many = "1 segment" if len(segments) == 1 else f"{len(segments)} segments"
    return f"{total} customers fall into {many}. {_find_foremost_segment(segments)}"


def _find_foremost_segment(segments: pd.DataFrame) -> str:
    if "revenue_share" not in segments:
        top = segments.sort_values("customers").iloc[-1]
        return f"The largest is {top['name']}, with {format_percent(top['customer_share'])} of customers."
    top = segments.sort_values("revenue_share").iloc[-1]
    return (
        f"The largest part of revenue comes from {top['name']}: {format_percent(top['revenue_share'])} "
        f"with {format_percent(top['customer_share'])} of customers."
    )


def describe_money(profile: pd.DataFrame, books: Mapping[str, pd.DataFrame]) -> str:
    """Say what was sold, given back and kept: by the shop, as its books have it, and by these customers."""
    told = [
        f"{whose}: gross {money['gross']}, refunds {money['refunds']}, net {money['net']}."
        for whose, money in (
            ("Money of the whole log", read_money(books)),
            ("Of these customers", _sum_segments_money(profile)),
        )
        if money
    ]
    return " ".join(told)


def _sum_segments_money(profile: pd.DataFrame) -> dict[str, str]:
    if "returned" not in profile:
        return {}
    sums = {"gross": profile["gross"], "refunds": -profile["returned"], "net": profile["net"]}
    return {name: format_money(column.sum()) for name, column in sums.items()}
