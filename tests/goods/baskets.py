"""Small baskets to try rules on."""

import numpy as np
import pandas as pd

from segmentlab.goods.baskets import Baskets, GatheredPart

NAMES = ("bread", "butter", "jam", "milk", "tea", "cake", "salt")


def make_baskets(
    baskets: list[set[int]], owners: list[str | None] | None = None, first_day: str = "2011-01-01"
) -> Baskets:
    """A basket a day, each of a customer of its own where nobody else is named."""
    sizes = [len(one) for one in baskets]
    return Baskets(
        owners=pd.Series(owners or [f"c{place}" for place in range(len(baskets))], dtype="str"),
        days=np.datetime64(first_day, "D") + np.arange(len(baskets)),
        products=pd.DataFrame({"product_id": [name[:2] for name in NAMES], "description": NAMES}),
        basket=np.repeat(np.arange(len(baskets)), sizes).astype(np.int32),
        product=np.array([item for one in baskets for item in sorted(one)], dtype=np.int32),
    )


def make_part(baskets: list[set[int]], first_day: str = "2011-01-01") -> GatheredPart:
    """All of them."""
    return make_baskets(baskets, first_day=first_day).select(None)
