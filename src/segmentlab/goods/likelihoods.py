"""What the customers of a segment buy, beside what everybody buys."""

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import betaincinv

from segmentlab.goods.purchases import Purchases

RATE_INTERVAL: Final = (0.025, 0.975)
LEAST_STRENGTH: Final = 1e-9  # what stands for no customer at all where a distribution needs more than none

RateValues = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Likelihoods:
    """How likely a customer of a segment buys a product at least once in so many days.

    `table` has a row per segment and product: who bought it (`customers`, `revenue`), the likelihood
    with its 95 % interval, that of all customers (`overall`), and the lift, which is how often it is
    that of all. `rank` orders the products of a segment by likelihood, `distinctive_rank` by the lower
    end of the lift; charges have neither.
    """

    table: pd.DataFrame
    days: int
    strength: float  # of the pull toward the overall rate, in expected buyers

    def wide(self) -> pd.DataFrame:
        """The likelihoods alone: a row per product, a column per segment."""
        told = [name for name in ("product_id", "description", "charge", "overall") if name in self.table]
        segments = self.table["segment"].unique()
        values = self.table["likelihood"].to_numpy().reshape(len(segments), -1)
        products = self.table[told].head(values.shape[1])
        return products.assign(**{f"segment_{own}": values[row] for row, own in enumerate(segments)})

    def tops(self, most: int) -> pd.DataFrame:
        """The likeliest and the most distinctive products of each segment."""
        first = self.table[["rank", "distinctive_rank"]].min(axis=1)
        return self.table[first <= most].sort_values(["segment", "rank"], ignore_index=True)


class BuyerCounts(NamedTuple):
    """Buyers per segment and product, of so many customers per segment."""

    segments: npt.NDArray[np.int64]
    place: npt.NDArray[np.int64]  # of each customer's segment in `segments`
    customers: RateValues  # one column: they are divided by, segment by segment
    buyers: RateValues


def count_buyers(purchases: Purchases, labels: pd.Series) -> BuyerCounts:
    """Count customers once per product, however often they bought it."""
    own = labels.reindex(purchases.customers.to_numpy()).to_numpy()
    segments, place = np.unique(own, return_inverse=True)
    shape = len(segments), len(purchases.products)
    cells = place[purchases.customer] * shape[1] + purchases.product
    buyers = np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape).astype(float)
    return BuyerCounts(segments, place, np.bincount(place).astype(float)[:, None], buyers)


def estimate_likelihoods(purchases: Purchases, labels: pd.Series) -> Likelihoods:
    """Estimate from counts, pulled toward the rate of all customers where a segment has said little.

    Beta-binomial: buyers of a product among the customers of a segment are binomial, and the rates of
    segments vary around the overall rate. Their spread relative to that rate is taken to be the same for
    every product, and is estimated from all of them at once.
    """
    counts = count_buyers(purchases, labels)
    strength = estimate_pull(counts)
    alpha, beta = compute_posterior(counts, strength)
    overall = counts.buyers.sum(axis=0) / counts.customers.sum()
    low, high = (betaincinv(alpha, beta, end) for end in RATE_INTERVAL)
    estimates = {"likelihood": alpha / (alpha + beta), "low": low, "high": high}
    table = _make_product_keys(purchases, counts)
    for name, values in estimates.items():
        table[name] = values.ravel()
    table["overall"] = np.tile(overall, len(counts.segments))
    for name, values in zip(("lift", "lift_low", "lift_high"), estimates.values(), strict=True):
        table[name] = (values / overall).ravel()
    ranked = table[~table["charge"]].groupby("segment")
    for name, by in (("rank", "likelihood"), ("distinctive_rank", "lift_low")):
        table[name] = ranked[by].rank(method="first", ascending=False).astype("Int64")
    return Likelihoods(table, purchases.days, strength)


def estimate_pull(counts: BuyerCounts) -> float:
    """How strongly the data itself asks for shrinkage: one over the squared relative spread of the rates.

    By moments: how much farther buyers lie from what the overall rate expects than chance takes them.
    Where segments differ no more than chance, or there is one alone, the overall rate is all there is.
    """
    total = counts.customers.sum()
    rate = counts.buyers.sum(axis=0) / total
    chance = counts.customers * rate * (1 - rate)
    others = 1 - counts.customers / total  # a segment is itself a part of the overall rate
    varied = (chance > 0) & (others > 0)
    squares = (counts.buyers - counts.customers * rate) ** 2
    excess = np.divide(squares, chance, out=np.zeros_like(chance), where=varied) - others * varied
    expected = (counts.customers * rate * others * varied).sum()
    spread = excess.sum() / expected if expected > 0 else 0.0
    return float(1 / max(spread, 1 / total))


def compute_posterior(counts: BuyerCounts, strength: float) -> tuple[RateValues, RateValues]:
    """The two parameters of the beta distribution of each rate: buyers and others, with the prior's."""
    total = counts.customers.sum()
    buyers = counts.buyers.sum(axis=0)
    prior = np.minimum(strength, buyers)  # the overall rate knows no more than the purchases it is made of
    others = prior * (total - buyers) / buyers
    return counts.buyers + prior, np.maximum(counts.customers - counts.buyers + others, LEAST_STRENGTH)


def _make_product_keys(purchases: Purchases, counts: BuyerCounts) -> pd.DataFrame:
    """A row per segment and product, the products of the first segment first, and who bought how much."""
    products, (segments, size) = purchases.products, counts.buyers.shape
    everywhere = np.tile(np.arange(size), segments)
    cells = counts.place[purchases.customer] * size + purchases.product
    told = {
        name: pd.Categorical(products[name]).take(everywhere)
        for name in ("product_id", "description")
        if name in products
    }
    return pd.DataFrame(
        {
            "segment": np.repeat(counts.segments, size),
            **told,
            "charge": products["charge"].to_numpy()[everywhere],
            "customers": counts.buyers.ravel().astype(np.int64),
            "revenue": np.bincount(cells, purchases.revenue, minlength=segments * size).round(6),
        }
    )
