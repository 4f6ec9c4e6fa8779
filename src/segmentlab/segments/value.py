"""What each customer brought, whatever features the model saw."""

import ibis.expr.types as ir
import pandas as pd

from segmentlab.transactions.schema import line_value


def customer_value(transactions: ir.Table) -> pd.Series:
    """Revenue per customer over the clean lines."""
    worth = transactions.group_by("customer_id").aggregate(revenue=line_value(transactions).sum().round(6))
    revenue: pd.Series = worth.to_pandas().set_index("customer_id")["revenue"]
    return revenue.sort_index()
