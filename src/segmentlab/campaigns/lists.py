"""Lists: by which channel each is contacted, with which products, in a table for those who do it."""

from collections.abc import Sequence
from typing import Final

import pandas as pd

from segmentlab.campaigns.groups import CONTACT
from segmentlab.errors import ConfigError

LISTED_PRODUCTS: Final = 5  # of those that are recommended to somebody
LIST_COLUMNS: Final = (
    "customer_id", "segment", "name", "state", "action", "products", "expected", "value",
)  # fmt: skip


def assign_channels(
    customer_ids: pd.Series, channels: Sequence[str], chosen: pd.Series | None
) -> tuple[pd.Series, int]:
    """The channel of each customer: what a column says of them, and the first one of all others.

    Args:
        customer_ids: Of everybody.
        channels: There are.
        chosen: By customer, the channel; None where there is no such column.

    Returns:
        The channels, and of how many the column says none of these.

    Example:
        >>> import pandas as pd
        >>> from segmentlab.campaigns import assign_channels
        >>> found, others = assign_channels(
        ...     pd.Series(["a", "b"]), ["email", "post"], pd.Series({"a": "post", "b": "pigeon"})
        ... )
        >>> found.tolist(), others
        (['post', 'email'], 1)
    """
    if chosen is None:
        if len(channels) > 1:
            raise ConfigError(
                f"channels={list(channels)}: nobody says who is contacted by which. Name the column of the "
                "customers table that does with channel_column=, or one channel alone."
            )
        return pd.Series(channels[0], index=customer_ids.index, dtype="str"), 0
    found = customer_ids.map(chosen.astype("str"))
    known = found.isin(list(channels))
    return found.where(known, channels[0]).astype("str"), int((~known).sum())


def join_products(people: pd.DataFrame, recommended: pd.DataFrame | None) -> pd.DataFrame:
    """The people with `products`: the first few of what is recommended to each, in words; empty without.

    Args:
        people: With `customer_id`.
        recommended: `customer_id`, `rank`, `product_id` and `description`.
    """
    if recommended is None:
        return people.assign(products="")
    first = recommended[recommended["rank"] <= LISTED_PRODUCTS].sort_values(["customer_id", "rank"])
    ids = first["product_id"].astype("str")
    words = first["description"].astype("str").str.strip() if "description" in first else ids
    words = words.where(words.ne("") & first.get("description", ids).notna(), ids)
    told = words.groupby(first["customer_id"]).agg("; ".join)
    return people.assign(products=people["customer_id"].map(told).fillna("").astype("str"))


def list_contacts(people: pd.DataFrame, channel: str) -> pd.DataFrame:
    """Whoever is contacted by a channel, those worth most first. Nobody of the control group is in it."""
    own = people[(people["group"] == CONTACT) & (people["channel"] == channel)]
    ordered = own.sort_values(["value", "customer_id"], ascending=[False, True], kind="stable")
    return ordered[list(LIST_COLUMNS)].round({"expected": 2, "value": 2}).reset_index(drop=True)
