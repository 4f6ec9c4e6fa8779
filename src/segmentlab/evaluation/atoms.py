"""Values that many customers share: a density model finds such a spike and calls it a segment."""

import pandas as pd


def atoms(features: pd.DataFrame) -> pd.DataFrame:
    """Per feature: its most frequent value, and the share of customers who have exactly that."""
    most = {name: column.value_counts(normalize=True).head(1) for name, column in features.items()}
    return pd.DataFrame(
        {
            "value": {name: counts.index[0] for name, counts in most.items()},
            "share": {name: counts.iloc[0] for name, counts in most.items()},
        }
    ).rename_axis("feature")
