"""UMAP as a map that is drawn once, and on which every later customer finds a place."""

import logging
import warnings
from importlib import import_module
from types import ModuleType
from typing import ClassVar, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.cluster import MiniBatchKMeans
from sklearn.neighbors import KNeighborsRegressor, NearestNeighbors
from sklearn.utils import gen_batches
from sklearn.utils.validation import check_is_fitted, validate_data
from threadpoolctl import threadpool_limits

from segmentlab.errors import ConfigError
from segmentlab.modelling.interfaces import Points
from segmentlab.modelling.parameters import SEED, Number, ParameterTable, WholeNumber, check_parameters
from segmentlab.modelling.sample import draw_limited_rows

logger = logging.getLogger(__name__)

PLACING_NEIGHBOURS = 5  # fitted customers that say where a newcomer belongs
MAP_STRATA = 100  # coarse groups that a sample is drawn from
PLACING_BLOCK = 100_000  # customers placed at a time


class UmapMap(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):  # type: ignore[misc]  # untyped
    """Few dimensions in which customers who are alike stay near each other.

    What is kept is two arrays: `points_`, the distinct customers it was fitted on, and `places_`, where
    UMAP put them. A customer is placed at the mean of the places of the five most similar of them,
    each weighted by the inverse of its distance. One who equals a fitted customer stands on its place.

    UMAP's own `transform` is not used: where it puts a customer depends on chance and on who else is in the
    batch, it compiles for a minute and more, and it needs an object that can't be stored as plain data.
    Placing by neighbours is exact, takes one row as it takes a batch, and needs scikit-learn alone.

    UMAP sees equal customers as one, so they share a place, and it sees them sorted: the order of the
    rows changes nothing. Of more than `fit_at_most` it sees a stratified sample; `notes_` says so.

    Args:
        n_components: How many dimensions the map has.
        n_neighbors: How many customers, itself among them, each one is kept near to.
        min_dist: How near to each other customers may stand on the map, 0 to 1.
        fit_at_most: How many different customers UMAP sees.
        random_state: The seed of everything that is drawn.

    Attributes:
        points_: The different customers that the map was drawn from.
        places_: Where each of them stands on the map.
        notes_: What was done otherwise because of the size or the shape of the data, in sentences.

    Example:
        >>> import numpy as np
        >>> from segmentlab.modelling import UmapMap
        >>> drawn = np.random.default_rng(0).normal(size=(60, 4))
        >>> drawing = UmapMap(n_neighbors=10).set_output(transform="pandas").fit(drawn)
        >>> drawing.transform(drawn).columns.tolist()
        ['umapmap0', 'umapmap1']
    """

    PARAMETERS: ClassVar[ParameterTable] = {
        "n_components": (WholeNumber(1),),
        "n_neighbors": (WholeNumber(2),),
        "min_dist": (Number(least=0, most=1),),
        "fit_at_most": (WholeNumber(MAP_STRATA),),
        "random_state": (SEED,),
    }

    def __init__(
        self,
        n_components: int = 2,
        n_neighbors: int = 15,
        min_dist: float = 0.0,
        fit_at_most: int = 50_000,
        random_state: int = 0,
    ) -> None:
        self.n_components = n_components
        self.n_neighbors = n_neighbors
        self.min_dist = min_dist
        self.fit_at_most = fit_at_most
        self.random_state = random_state

    def fit(self, X: npt.ArrayLike, y: object = None) -> Self:  # noqa: ARG002, N803  (scikit-learn's signature)
        """Draw the map."""
        check_parameters(self)
        points = np.unique(validate_data(self, X, dtype=np.float64, ensure_min_samples=2), axis=0)
        if len(points) <= self.n_neighbors:
            raise ConfigError(
                f"UMAP needs more customers with different features than n_neighbors={self.n_neighbors}; "
                f"there are {len(points)}. Lower n_neighbors or use more data."
            )
        self.notes_: tuple[str, ...] = ()
        self.points_ = points
        if len(points) > self.fit_at_most:
            self.points_ = points[draw_spread_sample(points, self.fit_at_most, self.random_state)]
            self.notes_ = (
                f"UMAP was fitted on {len(self.points_):,} of {len(points):,} different customers, a seeded "
                "sample from all regions of the data; the others were placed by their nearest neighbours "
                "in it.",
            )
        self.places_ = self._places(self.points_)
        return self

    def transform(self, X: npt.ArrayLike) -> Points:  # noqa: N803
        """Place each customer among the fitted ones."""
        check_is_fitted(self)
        points = validate_data(self, X, reset=False, dtype=np.float64)
        # A k-d tree measures exactly: a fitted customer is at distance zero of itself, not nearly so.
        neighbours = KNeighborsRegressor(
            n_neighbors=min(PLACING_NEIGHBOURS, len(self.points_)), weights="distance", algorithm="kd_tree"
        ).fit(self.points_, self.places_)
        blocks = gen_batches(len(points), PLACING_BLOCK)
        return np.concatenate([neighbours.predict(points[block]) for block in blocks])

    @property
    def _n_features_out(self) -> int:
        """Scikit-learn names so many columns."""
        return int(self.places_.shape[1])

    def _places(self, points: Points) -> Points:
        """UMAP's start is a spectral one; what it can't solve starts from principal components."""
        with warnings.catch_warnings():
            warnings.simplefilter("error", UserWarning)  # UMAP would go on, from random places
            # That its own transform won't work after a search that is not its own.
            warnings.filterwarnings("ignore", "precomputed_knn", UserWarning)
            try:
                return self._embed(points, start="spectral")
            except UserWarning:
                self.notes_ += (
                    "UMAP started from principal components: the customers fall into parts too far from each "
                    "other for its usual start.",
                )
                return self._embed(points, start="pca")

    def _embed(self, points: Points, start: str) -> Points:
        # Left to itself UMAP searches approximate neighbours, with code that compiles for 25 seconds.
        neighbours = NearestNeighbors(n_neighbors=self.n_neighbors, algorithm="kd_tree").fit(points)
        distances, positions = neighbours.kneighbors(points)
        logger.info("UMAP places %s customers; it compiles its code when it first does", f"{len(points):,}")
        umap = _cache_compilation().UMAP(
            n_components=self.n_components,
            n_neighbors=self.n_neighbors,
            min_dist=self.min_dist,
            init=start,
            precomputed_knn=(positions, distances, None),
            random_state=self.random_state,
            n_jobs=1,  # with more, every fit gives another map
        )
        return np.asarray(umap.fit_transform(points), dtype=np.float64)


def draw_spread_sample(points: Points, size: int, seed: int) -> npt.NDArray[np.intp]:
    """Positions of at most `size` points: each region by the number of its points, none left out."""
    strata = min(MAP_STRATA, size // 10)
    with threadpool_limits(limits=1):  # on batches of a thousand rows, threads wait for each other
        region = MiniBatchKMeans(strata, n_init=1, random_state=seed).fit_predict(points)
    return draw_limited_rows(region, size, seed)


def _cache_compilation() -> ModuleType:
    """UMAP, told to keep on disk what it compiles: the next process has it in a tenth of a second."""
    from numba.core.dispatcher import Dispatcher

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ImportWarning)  # that TensorFlow, for a variant of it, is missing
        umap = import_module("umap")
    for module in (umap.umap_, umap.layouts):
        for function in vars(module).values():
            if isinstance(function, Dispatcher):
                function.enable_caching()
    return umap
