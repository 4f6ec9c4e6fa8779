"""Sets of up to three products that lie together in many baskets."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from segmentlab.errors import ConfigError

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Counts = npt.NDArray[np.int64]
Items = npt.NDArray[np.int32]

MOST_SETS: Final = 1_000_000  # that are kept: with the rules from them some 500 MB
MOST_CELLS: Final = 8_000_000  # of a table of counts that is made at once, however large single baskets are

SAMPLE_STEP: Final = 20  # every twentieth product is looked at first: a fair sample of all


@dataclass(frozen=True)
class FrequentSets:
    """Products, pairs and triples that lie in at least `least` of so many `baskets`.

    `items` has as many columns as a set has products, which are in ascending order within it; `counts` says
    in how many baskets each set lies. Sets are in the order of their products.
    """

    baskets: int
    least: int
    singles: Counts  # by product: in how many baskets it lies, whether that is frequent or not
    pairs: Items
    pair_counts: Counts
    triples: Items
    triple_counts: Counts

    @property
    def frequent(self) -> Items:
        """The products that are frequent by themselves."""
        return np.flatnonzero(self.singles >= self.least).astype(np.int32)

    @property
    def found(self) -> int:
        """How many sets there are, those of one product among them."""
        return len(self.frequent) + len(self.pairs) + len(self.triples)

    def count_pairs(self, first: Items, second: Items) -> Counts:
        """In how many baskets these pairs lie, all of which are frequent."""
        width = len(self.singles)
        keys = self.pairs[:, 0].astype(np.int64) * width + self.pairs[:, 1]
        wanted = np.minimum(first, second).astype(np.int64) * width + np.maximum(first, second)
        return self.pair_counts[np.searchsorted(keys, wanted)]


def find_frequent_sets(matrix: "csr_array", least: int, most: int = MOST_SETS) -> FrequentSets:
    """Count pairs by the matrix times itself, and triples within the baskets of each product's partners.

    A triple is frequent only where each of its pairs is, so of the baskets with a product only its frequent
    partners are looked at. Every set is found from the rarest of its products, which has fewest baskets.
    Tables of counts are made in pieces of bounded size: a basket of ten thousand products takes time, not
    memory. Each piece of the work is a fair sample of it, so that too many sets are foreseen after the first
    one, and refused with the support that would do.
    """
    singles = np.bincount(matrix.indices, minlength=matrix.shape[1])
    frequent = np.flatnonzero(singles >= least)
    ranked = frequent[np.argsort(singles[frequent], kind="stable")]  # rarest first
    rows = matrix[:, ranked].tocsr()
    columns = rows.T.tocsr()
    pairs, pair_counts = _find_pairs(rows, columns, least, most)
    triples, triple_counts = _find_triples(rows, columns, pairs, least, most - len(pairs))
    pairs, pair_counts = _name_products(pairs, pair_counts, ranked)
    triples, triple_counts = _name_products(triples, triple_counts, ranked)
    return FrequentSets(matrix.shape[0], least, singles, pairs, pair_counts, triples, triple_counts)


def count_sets(matrix: "csr_array", items: Items) -> Counts:
    """In how many baskets each of these sets lies: a row of products for each, frequent or not."""
    columns = matrix.T.tocsr()
    counts = np.zeros(len(items), dtype=np.int64)
    largest = max(int(np.diff(columns.indptr).max(initial=0)), 1)
    size = max(MOST_CELLS // largest, 1)
    for begin in range(0, len(items), size):
        piece = items[begin : begin + size]
        both = columns[piece[:, 0]]
        for other in piece.T[1:]:
            both = both.multiply(columns[other])
        counts[begin : begin + size] = both.sum(axis=1)
    return counts


def _find_pairs(rows: "csr_array", columns: "csr_array", least: int, most: int) -> tuple[Items, Counts]:
    width = rows.shape[1]
    pieces = max(-(-width * width // MOST_CELLS), 1)
    found = _FoundSets(least, most, rows.shape[0])
    for piece in range(min(pieces, width)):
        own = np.arange(piece, width, pieces)
        counted = (columns[own] @ rows).tocoo()
        first, second = own[counted.row], counted.col
        kept = (counted.data >= least) & (second > first)
        found.add(np.column_stack([first[kept], second[kept]]), counted.data[kept], (piece + 1) / pieces)
    return found.join(2)


def _find_triples(
    rows: "csr_array", columns: "csr_array", pairs: Items, least: int, most: int
) -> tuple[Items, Counts]:
    """For each product the pairs of its partners, within its baskets."""
    found = _FoundSets(least, most, rows.shape[0])
    order = np.argsort(pairs[:, 0], kind="stable")
    firsts, begins = np.unique(pairs[order, 0], return_index=True)
    partners = np.split(pairs[order, 1], begins[1:])
    order = np.argsort(np.arange(len(firsts)) % SAMPLE_STEP, kind="stable")
    for done, place in enumerate(order):
        own, others = firsts[place], np.sort(partners[place])
        if len(others) < 2:
            continue
        baskets = rows[columns.indices[columns.indptr[own] : columns.indptr[own + 1]]][:, others]
        for pair, counts in _count_partners(baskets.tocsr(), least):
            triples = np.column_stack([np.full(len(pair), own), others[pair]])
            found.add(triples, counts, (done + 1) / len(firsts))
    return found.join(3)


def _count_partners(baskets: "csr_array", least: int) -> Iterator[tuple[Items, Counts]]:
    """The pairs of columns that lie in enough of these baskets."""
    width = baskets.shape[1]
    size = max(MOST_CELLS // width, 1)
    for begin in range(0, width, size):
        part = baskets if width <= size else baskets[:, begin : begin + size]
        counted = (part.T.tocsr() @ baskets).tocoo()
        kept = (counted.data >= least) & (counted.col > counted.row + begin)
        yield np.column_stack([counted.row[kept] + begin, counted.col[kept]]), counted.data[kept]


def _name_products(items: Items, counts: Counts, ranked: Counts) -> tuple[Items, Counts]:
    """Ranks become products again, and sets stand in the order of these."""
    named = np.sort(ranked[items], axis=1).astype(np.int32)
    order = np.lexsort(named.T[::-1])
    return named[order], counts[order]


class _FoundSets:
    """Sets as they are found: of more than are allowed, the first are enough to say what would do."""

    def __init__(self, least: int, most: int, baskets: int) -> None:
        self.least, self.most, self.baskets = least, most, baskets
        self.items: list[Counts] = []
        self.counts: list[Counts] = []
        self.many = 0

    def add(self, items: Counts, counts: Counts, done: float) -> None:
        """Take some more; refuse what is too much, when this share of the work is done."""
        self.items.append(items)
        self.counts.append(counts)
        self.many += len(items)
        if self.many <= self.most:
            return
        ordered = np.sort(np.concatenate(self.counts))[::-1]
        enough = float(ordered[int(self.most * done)] + 1) / self.baskets
        raise ConfigError(
            f"support={self.least / self.baskets:.2g}: some {self.many / done:,.0f} sets of products lie in "
            f"{self.least:,} or more of {self.baskets:,} baskets, and up to {MOST_SETS:,} fit into memory. "
            f"Try support={math.ceil(enough * 10_000) / 10_000:g}."
        )

    def join(self, size: int) -> tuple[Items, Counts]:
        """All of them."""
        if not self.items:
            return np.empty((0, size), dtype=np.int32), np.empty(0, dtype=np.int64)
        return np.concatenate(self.items).astype(np.int32), np.concatenate(self.counts).astype(np.int64)
