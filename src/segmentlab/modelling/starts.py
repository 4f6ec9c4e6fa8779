"""Which start of K-Means ends best: the library's own starts, from the same draws, compiled.

The library takes some fifty steps of Python for each start, which is most of a fit of a few thousand
customers. Here all starts are one compiled function. It only says which of them wins: from there the library
fits once, so that labels, centres and inertia are its own to the last bit.
"""

from typing import Final

import numpy as np
import numpy.typing as npt
from numba import njit
from sklearn.cluster import KMeans
from sklearn.utils import check_random_state

from segmentlab.modelling.interfaces import Points

Values = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]  # of customers, or of the centres that they have

FEW_CUSTOMERS: Final = 256  # below, nothing is won, and hand-made tables hold ties that rounding decides
WIDE_SPACE: Final = 24  # features, from which a product of matrices is faster than a loop
ROUNDING: Final = 1e-12  # of the largest square: what is nearer may be decided by how a sum is rounded
DOUBTFUL_SHIFT: Final = 1e-6  # of the tolerance: centres that shift by it may have settled or not
BLOCK: Final = 512  # customers whose distances stay in the nearest cache
UNDECIDED: Final = -1
FARTHEST: Final = 1e300  # compiled code that sums in any order knows no infinity


def find_best_start(model: KMeans, points: Points) -> Points | None:
    """Where the best of the starts begins; None where the library has to try them itself."""
    if not _is_usual(model, points):
        return None
    model._validate_params()  # noqa: SLF001  (what every `fit` of scikit-learn begins with)
    customers, k, starts = len(points), int(model.n_clusters), int(model.n_init)
    state = check_random_state(model.random_state)
    kept = state.get_state()
    draws = state.random_sample((starts, 1 + (k - 1) * (2 + int(np.log(k)))))
    chances = np.full(customers, 1 / customers).cumsum()
    first = (chances / chances[-1]).searchsorted(draws[:, 0], side="right")
    columns = np.zeros((-(-points.shape[1] // 3) * 3, customers))  # three at a time are added up
    columns[: points.shape[1]] = (points - points.mean(axis=0)).T
    tolerance = float(np.mean(np.var(points, axis=0)) * model.tol)
    doubt = ROUNDING * float((columns**2).sum(axis=0).max())
    begins = _try_starts(columns, k, first, draws[:, 1:].copy(), int(model.max_iter), tolerance, doubt)
    if begins[0] == UNDECIDED:
        state.set_state(kept)  # the library draws the same
        return None
    return points[begins]


def _is_usual(model: KMeans, points: Points) -> bool:
    """Whether these are starts as compiled here: others are rare, and the library knows them all."""
    return (
        type(model) is KMeans
        and isinstance(model.init, str)
        and model.init == "k-means++"
        and model.algorithm == "lloyd"
        and isinstance(model.n_init, int)
        and isinstance(model.n_clusters, int)
        and model.n_init > 1 < model.n_clusters
        and not model.verbose
        and isinstance(points, np.ndarray)
        and points.dtype == np.float64
        and points.ndim == 2
        and len(points) >= max(FEW_CUSTOMERS, model.n_clusters)
        and points.shape[1] < WIDE_SPACE
        and bool(np.isfinite(points).all())
    )


@njit(cache=True, nogil=True)
def _try_starts(  # pragma: no cover  (compiled)
    columns: Values, k: int, first: Places, draws: Values, steps: int, tolerance: float, doubt: float
) -> Places:
    """The customers at whom the best start begins; UNDECIDED where rounding would decide."""
    dimensions, customers = columns.shape
    chosen, best, best_inertia = np.empty(k, np.int64), np.empty(k, np.int64), FARTHEST
    labels, best_labels = np.empty(customers, np.int64), np.empty(customers, np.int64)
    centres = np.empty((k, dimensions))
    for start in range(len(first)):
        inertia = -1.0
        if _choose_centres(columns, first[start], draws[start], chosen):
            for one in range(k):
                for dimension in range(dimensions):
                    centres[one, dimension] = columns[dimension, chosen[one]]
            inertia = _settle(columns, centres, labels, steps, tolerance, doubt)
        other = start == 0 or not _are_same(labels, best_labels, k)
        if inertia < 0 or (other and abs(inertia - best_inertia) <= ROUNDING * inertia):
            best[0] = UNDECIDED
            break
        if other and inertia < best_inertia:
            best_inertia = inertia
            best[:] = chosen
            best_labels[:] = labels
    return best


@njit(cache=True, nogil=True, fastmath=True)
def _choose_centres(  # pragma: no cover  (compiled)
    columns: Values, first: int, draws: Values, chosen: Places
) -> bool:
    """k-means++: of a few customers, drawn by the square of their distance, who lowers the sum most.

    Tells whether all of them are beyond doubt.
    """
    customers, k = columns.shape[1], len(chosen)
    trials = len(draws) // (k - 1)
    nearest, tried, kept = np.empty(customers), np.empty(customers), np.empty(customers)
    sums = np.empty(customers)
    chosen[0] = first
    _fill_squares(columns, first, nearest)
    for place in range(1, k):
        total = 0.0
        for customer in range(customers):
            total += nearest[customer]
            sums[customer] = total
        lowest, candidate = FARTHEST, 0
        for trial in range(trials):
            drawn = draws[(place - 1) * trials + trial] * total
            one = _find_place(sums, drawn)
            before = sums[one - 1] if one else 0.0
            if min(sums[one] - drawn, drawn - before) <= ROUNDING * total:
                return False
            _fill_squares(columns, one, tried)
            alike, reached = tried[candidate] == 0.0, 0.0
            for customer in range(customers):
                nearer = tried[customer] < nearest[customer]
                tried[customer] = tried[customer] if nearer else nearest[customer]
                reached += tried[customer]
            if trial and abs(reached - lowest) <= ROUNDING * total and not alike:
                return False
            if reached < lowest:
                lowest, candidate = reached, one
                tried, kept = kept, tried
        chosen[place] = candidate
        nearest, kept = kept, nearest
    return True


@njit(cache=True, nogil=True)
def _find_place(sums: Values, drawn: float) -> int:  # pragma: no cover  (compiled)
    """The first customer up to whom the sum is not below what was drawn."""
    low, high = 0, len(sums) - 1
    while low < high:
        middle = (low + high) // 2
        if sums[middle] < drawn:
            low = middle + 1
        else:
            high = middle
    return low


@njit(cache=True, nogil=True, fastmath=True)
def _settle(  # pragma: no cover  (compiled)
    columns: Values, centres: Values, labels: Places, steps: int, tolerance: float, doubt: float
) -> float:
    """Lloyd's steps until nobody moves, or centres hardly do: the inertia; below 0 where rounding decides."""
    k, dimensions = centres.shape
    sums, sizes = np.zeros((k + 1, dimensions)), np.zeros(k + 1, np.int64)
    for customer in range(len(labels)):
        labels[customer] = k  # nobody has a segment yet
    moved = _label(columns, centres, labels, sums, sizes, doubt)
    for _ in range(steps):
        shift = _move_centres(centres, sums, sizes) if moved >= 0 else -1.0
        if shift < 0:
            return -1.0
        if moved == 0:
            break
        if abs(shift - tolerance) <= DOUBTFUL_SHIFT * tolerance:
            return -1.0
        moved = _label(columns, centres, labels, sums, sizes, doubt)
        if shift <= tolerance:
            break
    return _add_squares(columns, centres, labels) if moved >= 0 else -1.0


@njit(cache=True, nogil=True, fastmath=True)
def _move_centres(centres: Values, sums: Values, sizes: Places) -> float:  # pragma: no cover  (compiled)
    """Put each centre amid its members: the squares of how far they went; below 0 where one has no member."""
    shift = 0.0
    for one in range(centres.shape[0]):
        if sizes[one] == 0:
            return -1.0
        for dimension in range(centres.shape[1]):
            place = sums[one, dimension] / sizes[one]
            shift += (place - centres[one, dimension]) ** 2
            centres[one, dimension] = place
    return shift


@njit(cache=True, nogil=True, fastmath=True)
def _add_squares(columns: Values, centres: Values, labels: Places) -> float:  # pragma: no cover  (compiled)
    """The inertia."""
    inertia = 0.0
    for dimension in range(len(columns)):
        for customer in range(len(labels)):
            inertia += (columns[dimension, customer] - centres[labels[customer], dimension]) ** 2
    return inertia


@njit(cache=True, nogil=True, fastmath=True)
def _label(  # pragma: no cover  (compiled)
    columns: Values, centres: Values, labels: Places, sums: Values, sizes: Places, doubt: float
) -> int:
    """Give each customer the nearest centre, and tell how many have another one now; below 0 where in doubt.

    Sums and sizes of segments follow those who move.
    """
    moved = 0
    squares, lowest, second, own = np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK), np.empty(BLOCK)
    for begin in range(0, len(labels), BLOCK):
        size = min(BLOCK, len(labels) - begin)
        for customer in range(size):
            lowest[customer], second[customer], own[customer] = FARTHEST, FARTHEST, 0.0
        for one in range(len(centres)):
            _measure_squares(columns, begin, centres[one], squares[:size])
            _keep_lowest(squares[:size], float(one), lowest, second, own)
        for customer in range(size):
            if second[customer] - lowest[customer] <= doubt:
                return -1
            now = int(own[customer])
            if labels[begin + customer] != now:
                moved += 1
                _move_customer(columns[:, begin + customer], labels[begin + customer], now, sums, sizes)
                labels[begin + customer] = now
    return moved


@njit(cache=True, nogil=True, fastmath=True)
def _measure_squares(  # pragma: no cover  (compiled)
    columns: Values, begin: int, centre: Values, squares: Values
) -> None:
    """Squared distances to a centre, but for what of them is the same for every centre."""
    norm = 0.0
    for dimension in range(len(columns)):
        norm += centre[dimension] ** 2
    for customer in range(len(squares)):
        squares[customer] = norm
    for place in range(0, len(columns), 3):
        x, y, z = columns[place][begin:], columns[place + 1][begin:], columns[place + 2][begin:]
        a, b, c = -2 * centre[place], -2 * centre[place + 1], -2 * centre[place + 2]
        for customer in range(len(squares)):
            squares[customer] += a * x[customer] + b * y[customer] + c * z[customer]


@njit(cache=True, nogil=True)
def _move_customer(  # pragma: no cover  (compiled)
    values: Values, before: int, now: int, sums: Values, sizes: Places
) -> None:
    sizes[before] -= 1
    sizes[now] += 1
    for dimension in range(len(values)):
        sums[before, dimension] -= values[dimension]
        sums[now, dimension] += values[dimension]


@njit(cache=True, nogil=True, fastmath=True)
def _keep_lowest(  # pragma: no cover  (compiled)
    squares: Values, one: float, lowest: Values, second: Values, own: Values
) -> None:
    """Keep the lowest two, and whose the lowest is. Choices by name, unlike `min`, take several at once."""
    for customer in range(len(squares)):
        square, best = squares[customer], lowest[customer]
        nearer = square < best
        other = best if nearer else square
        own[customer] = one if nearer else own[customer]
        lowest[customer] = square if nearer else best
        second[customer] = min(second[customer], other)


@njit(cache=True, nogil=True, fastmath=True)
def _fill_squares(columns: Values, one: int, squares: Values) -> None:  # pragma: no cover  (compiled)
    """Squared distances to a customer, a column at a time: the processor then takes several in one step."""
    for customer in range(len(squares)):
        squares[customer] = 0.0
    for dimension in range(len(columns)):
        column = columns[dimension]
        own = column[one]
        for customer in range(len(squares)):
            gap = column[customer] - own
            squares[customer] += gap * gap


@njit(cache=True, nogil=True)
def _are_same(labels: Places, others: Places, k: int) -> bool:  # pragma: no cover  (compiled)
    """Whether each segment lies in one of the others, as the library asks it."""
    partner = np.empty(k, np.int64)
    for one in range(k):
        partner[one] = -1
    for customer in range(len(labels)):
        if partner[labels[customer]] == -1:
            partner[labels[customer]] = others[customer]
        elif partner[labels[customer]] != others[customer]:
            return False
    return True
