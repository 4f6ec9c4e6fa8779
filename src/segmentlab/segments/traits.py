"""What stands in words about customers: countries, and whatever else a customers table tells."""

from typing import Final

import ibis.expr.types as ir
import pandas as pd

MOST: Final = 50  # values; a column with more is a name or an address, and splits nobody into groups
UNKNOWN: Final = "unknown"


def read_traits(customers: ir.Table) -> pd.DataFrame:
    """The columns of the customers table that sort people into a few groups, by customer."""
    texts = [
        name
        for name in customers.columns
        if name != "customer_id"
        and (customers[name].type().is_string() or customers[name].type().is_boolean())
    ]
    if texts:
        counts = customers.aggregate(**{name: customers[name].nunique() for name in texts})
        found = counts.to_pyarrow().to_pylist()[0]
        texts = [name for name in texts if 2 <= found[name] <= MOST]
    chosen = customers.select("customer_id", **{name: customers[name].cast("string") for name in texts})
    frame: pd.DataFrame = chosen.to_pandas().set_index("customer_id").sort_index()
    return frame.fillna(UNKNOWN)


def trait_shares(traits: pd.DataFrame, labels: pd.Series) -> pd.DataFrame:
    """Per segment, trait and value: customers, their share of the segment, and the lift.

    A lift of 2 says that the value is twice as common in the segment as among all customers.
    """
    own = traits.reindex(labels.index).fillna(UNKNOWN)
    tables = [_shares(own[name], labels).assign(trait=str(name)) for name in own]
    empty = pd.DataFrame(columns=["segment", "trait", "value", "customers", "share", "lift"])
    return pd.concat(tables, ignore_index=True)[list(empty)] if tables else empty


def _shares(values: pd.Series, labels: pd.Series) -> pd.DataFrame:
    counts = pd.DataFrame({"segment": labels.to_numpy(), "value": values.to_numpy()}).value_counts()
    table = counts.rename("customers").reset_index()
    table["share"] = table["customers"] / table["segment"].map(labels.value_counts())
    table["lift"] = table["share"] / table["value"].map(values.value_counts(normalize=True))
    return table.sort_values(["segment", "customers", "value"], ascending=[True, False, True])
