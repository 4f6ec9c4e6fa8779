"""Runs lines of Python as a notebook would, and says an error that a person can catch as a command does."""

import sys

import numpy as np
import pandas as pd

import segmentlab as sl

SHOP = pd.DataFrame(
    {
        "customer_id": [f"c{number % 7}" for number in range(70)],
        "timestamp": pd.date_range("2024-01-01", periods=70, freq="D"),
        "quantity": np.arange(70) % 5 + 1,
        "unit_price": np.arange(70) % 11 + 0.5,
    }
)
PEOPLE = pd.DataFrame(
    {"customer_id": [f"c{number}" for number in range(20)], "age": range(20, 40), "spend": range(20)}
)

try:
    exec(sys.argv[1], {"sl": sl, "np": np, "pd": pd, "SHOP": SHOP, "PEOPLE": PEOPLE})  # the corpus is ours
except sl.SegmentLabError as error:
    sys.stderr.write(f"Error: {error}\n")
    sys.exit(2)
