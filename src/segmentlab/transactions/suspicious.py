"""Lines that stay and that somebody should look at: sizes far beyond what this shop sells."""

from typing import Final

import ibis
import ibis.expr.types as ir
import pandas as pd

from segmentlab.transactions.schema import line_value

USUAL_SHARE: Final = 0.999  # of the lines are within the usual size, ...
BEYOND: Final = 5  # ... and a line this many times as large is suspicious
MOST_LINES: Final = 100


def suspicious_lines(transactions: ir.Table) -> pd.DataFrame:
    """The lines of implausible size, the largest first and at most a hundred, each with its `reason`.

    Nothing is dropped: a wholesaler's order and a slip of the finger look alike from here. The measure
    is the shop's own: the size that 999 of 1,000 lines stay within, in pieces and in money.
    """
    # A log without quantities is judged by its money alone.
    pieces = transactions["quantity"].abs() if "quantity" in transactions.columns else ibis.literal(0.0)
    lines = transactions.mutate(_pieces=pieces, _value=line_value(transactions).abs())
    usual = lines.aggregate(
        pieces=lines["_pieces"].quantile(USUAL_SHARE), value=lines["_value"].quantile(USUAL_SHARE)
    ).to_pandas()
    usual_pieces, usual_value = float(usual["pieces"].iloc[0]), float(usual["value"].iloc[0])
    # Of nothing there is no multiple: a shop without prices is judged by its pieces.
    sized = lines.mutate(
        _pieces=lines["_pieces"] / ibis.literal(usual_pieces).nullif(0.0),
        _value=lines["_value"] / ibis.literal(usual_value).nullif(0.0),
    )
    sized = sized.mutate(_size=ibis.greatest(sized["_pieces"], sized["_value"]))
    largest = [sized["_size"].desc(), *transactions.columns]
    found: pd.DataFrame = (
        sized.filter(sized["_size"] > BEYOND).order_by(largest).limit(MOST_LINES).to_pandas()
    )
    found["reason"] = [
        _reason(times_pieces, usual_pieces, times_value, usual_value)
        for times_pieces, times_value in zip(found.pop("_pieces"), found.pop("_value"), strict=True)
    ]
    return found.drop(columns="_size")


def _reason(times_pieces: float, usual_pieces: float, times_value: float, usual_value: float) -> str:
    reasons = []
    if times_pieces > BEYOND:
        reasons.append(f"{times_pieces:,.0f} times the usual {usual_pieces:,.0f} pieces")
    if times_value > BEYOND:
        reasons.append(f"{times_value:,.0f} times the usual value of {usual_value:,.2f}")
    return " and ".join(reasons)
