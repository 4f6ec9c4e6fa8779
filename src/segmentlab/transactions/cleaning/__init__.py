"""The rules of cleaning, one file per family. A recipe in `conf/cleaning` lists them in order.

A line leaves under the first rule that takes it, and later rules see it marked (see `contract`).
"""

from segmentlab.transactions.cleaning.cancellations import NetCancellations
from segmentlab.transactions.cleaning.contract import Comparison, Rule, Verdict
from segmentlab.transactions.cleaning.copies import ExactDuplicate, Overlap
from segmentlab.transactions.cleaning.single_lines import (
    From,
    InvoicePrefix,
    NonProduct,
    NotPositive,
    OtherThan,
    UnknownCustomer,
)

__all__ = [
    "Comparison",
    "ExactDuplicate",
    "From",
    "InvoicePrefix",
    "NetCancellations",
    "NonProduct",
    "NotPositive",
    "OtherThan",
    "Overlap",
    "Rule",
    "UnknownCustomer",
    "Verdict",
]
