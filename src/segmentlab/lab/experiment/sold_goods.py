"""What a segmentation says of goods: what to sell whom, what goes together, and what to have in stock."""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.flow import FittedSegments, Result, find_segment_rules, foresee_stock
from segmentlab.goods import AGAIN, NEW, BasketLimits, BasketPortrait
from segmentlab.report import name_stock_rows

if TYPE_CHECKING:
    from segmentlab.lab.config import Setup
    from segmentlab.lab.experiment.opening import OpenedData


class SoldGoods(ABC):
    """The part of a `Segmentation` that looks at products."""

    setup: "Setup"
    _opened: "OpenedData"
    _fitted: FittedSegments

    @property
    @abstractmethod
    def labels(self) -> pd.Series:
        """The segment of each customer."""

    @property
    @abstractmethod
    def profile(self) -> pd.DataFrame:
        """A row for each segment."""

    @property
    @abstractmethod
    def _judged(self) -> Result:
        """With evidence."""

    @property
    @abstractmethod
    def _described(self) -> Result:
        """With products."""

    def recommend(self, customer_id: str | None = None, kind: str | None = None) -> pd.DataFrame:
        """List what to sell: ten products for each customer, of what they may buy again and of what is new.

        Args:
            customer_id: Only of this customer; of everybody when None.
            kind: Only `again` (any product) or only `new` (never bought); both when None.

        Returns:
            `customer_id`, `rank`, `product_id`, `description`, `likelihood` in the segment, `why`, `kind`.
            Which way the lists come from, and why, stands in `notes`. Who has all that is on sale gets
            nothing new.

        Raises:
            DataError: The data names no products, or nobody has that id.

        Example:
            >>> import segmentlab as sl
            >>> found = sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=3)
            >>> own = found.recommend(found.customers["customer_id"].iloc[0], kind="again")
            >>> own["rank"].tolist()
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]
        """
        products = self._described.products
        if products is None:
            raise DataError(" ".join(self._described.product_notes) or "Customers alone buy no products.")
        if kind not in (None, AGAIN, NEW):
            raise ConfigError(
                f"recommend(kind={kind!r}): there are {AGAIN!r} and {NEW!r}, and None for both."
            )
        lists = products.for_customers
        if customer_id is not None:
            if customer_id not in self.labels.index:
                raise DataError(
                    f"recommend: there is no customer {customer_id!r} among those of this segmentation."
                )
            lists = lists[lists["customer_id"] == customer_id]
        return (lists if kind is None else lists[lists["kind"] == kind]).reset_index(drop=True)

    def baskets(self, support: float = 0.005, confidence: float = 0.1) -> BasketPortrait:
        """What goes together in the same baskets: `parts` (everybody, each segment), `rules` and `sets`.

        Args:
            support: The least share of the baskets that products lie in together.
            confidence: The least share of the baskets with the first products that hold the other one too.

        Example:
            >>> import segmentlab as sl
            >>> found = sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=3)
            >>> found.baskets().parts["name"].iloc[0]
            'everybody'
        """
        limits = BasketLimits(support=support, confidence=confidence)
        return find_segment_rules(self._opened.read(self.setup), self._fitted, limits)

    def stock(self, weeks: int = 4) -> pd.DataFrame:
        """What each segment is expected to buy in so many weeks, by product; `docs/stock.md` has the columns.

        Raises:
            DataError: Nothing can be told; the message says why.

        Example:
            >>> import segmentlab as sl
            >>> found = sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=3)
            >>> bool(found.stock(weeks=2).eval("low <= expected <= high").all())
            True
        """
        found = foresee_stock(self._fitted.described, self._judged.labels, self._judged.then, weeks)
        return name_stock_rows(found, self.profile["name"])
