"""Lists of products for customers and segments, each product with the reason why it is there."""

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from segmentlab.goods.assortment import Assortment, RowNumbers, ScoreMatrix
from segmentlab.goods.likelihoods import Likelihoods
from segmentlab.goods.ways import AGAIN, KINDS, NEW, Pull, Scorer, Way

MOST_RECOMMENDED: Final = 10  # products per customer
SEGMENT_RECOMMENDATIONS: Final = 20  # products per segment
MOST_CELLS: Final = 2_000_000  # customers times candidates in memory at a time


class ProductLists(NamedTuple):
    """Candidates for customers, as columns of the assortment, the best first; missing ones are -1 behind."""

    customers: RowNumbers
    columns: RowNumbers  # a row per customer


def choose_best_products(
    assortment: Assortment, scorer: Scorer, customers: RowNumbers, kinds: tuple[str, ...]
) -> dict[str, ProductLists]:
    """The candidates with the highest scores for each customer: for `new`, without those that they have."""
    size = len(assortment.candidates)
    found = {kind: np.full((len(customers), min(MOST_RECOMMENDED, size)), -1) for kind in kinds}
    for part in split_rows(len(customers), size) if size else ():
        scores = scorer.score(customers[part])
        if AGAIN in kinds:
            found[AGAIN][part] = _take_first(scores.copy() if NEW in kinds else scores)
        if NEW in kinds:
            scores[assortment.baskets[customers[part]].nonzero()] = -np.inf
            found[NEW][part] = _take_first(scores)
    return {kind: ProductLists(customers, columns) for kind, columns in found.items()}


def _take_first(scores: ScoreMatrix) -> RowNumbers:
    """The columns of the highest scores in each row, the best first, which are taken out of the scores.

    Of equal scores the first column comes first: the more popular product.
    """
    row, columns = np.arange(len(scores)), []
    for _ in range(min(MOST_RECOMMENDED, scores.shape[1])):
        best = scores.argmax(axis=1)
        columns.append(np.where(np.isneginf(scores[row, best]), -1, best))
        scores[row, best] = -np.inf
    return np.column_stack(columns)


def split_rows(rows: int, columns: int) -> list[slice]:
    """Parts of so many rows that fit into memory."""
    size = max(1, MOST_CELLS // max(1, columns))
    return [slice(start, start + size) for start in range(0, rows, size)]


def find_reasons(pull: Pull, lists: ProductLists) -> RowNumbers:
    """Of what a customer likes, the column that speaks most for each product; -1: none beyond `least`."""
    related, found = pull.related, np.full_like(lists.columns, -1)
    if not len(related):
        return found
    place_of = np.full(len(pull.least), -1)
    place_of[related] = np.arange(len(related))
    for part in split_rows(len(lists.customers), len(pull.least)):
        tastes, columns = pull.tastes[lists.customers[part]], lists.columns[part]
        row = np.repeat(np.arange(tastes.shape[0]), np.diff(tastes.indptr))
        for place in range(columns.shape[1]):
            listed = columns[row, place]
            voices = tastes.data * pull.weights[tastes.indices, place_of[listed]]
            voices[(listed < 0) | (place_of[listed] < 0)] = 0.0
            loudest = np.zeros(tastes.shape[0], dtype=voices.dtype)
            np.maximum.at(loudest, row, voices)
            told = np.flatnonzero((voices == loudest[row]) & (voices > pull.least[listed]))[::-1]
            found[part][row[told], place] = related[tastes.indices[told]]  # of equals the first
    return found


def recommend_per_customer(
    assortment: Assortment,
    likelihoods: Likelihoods,
    shown: Mapping[str, tuple[Way, Scorer]],
    lists: Mapping[str, ProductLists],
) -> pd.DataFrame:
    """A row per kind, customer and product, with its likelihood in their segment and why it is there."""
    of_all = likelihoods.table["likelihood"].to_numpy(dtype=np.float32)
    likelihood = of_all.reshape(-1, len(assortment.purchases.products))
    people, known = assortment.purchases.customers.to_numpy(), assortment.purchases.products
    tables, reasons = [], []
    for kind, own in lists.items():
        row, place = np.nonzero(own.columns >= 0)
        customer, column = own.customers[row], own.columns[row, place]
        product = assortment.candidates[column]
        told = {
            name: pd.Categorical(known[name]).take(product)
            for name in ("product_id", "description")
            if name in known
        }
        table = {
            "customer_id": people[customer],
            "rank": place + 1,
            **told,
            "likelihood": likelihood[assortment.segment[customer], product],
            "kind": pd.Categorical([kind] * len(row), categories=list(KINDS)),
        }
        tables.append(pd.DataFrame(table))
        reasons.append(_word_reasons(assortment, *shown[kind], own)[row, place])
    together = pd.concat(tables, ignore_index=True).assign(why=pd.Categorical(np.concatenate(reasons)))
    return together[[*(name for name in together if name != "kind"), "kind"]]


def _word_reasons(
    assortment: Assortment, way: Way, scorer: Scorer, lists: ProductLists
) -> npt.NDArray[np.object_]:
    """Bought so many times, goes with something that they have, or what the way says of all others."""
    purchases = assortment.purchases
    called = purchases.products["product_id"]
    if "description" in purchases.products:
        called = purchases.products["description"].fillna(called)
    names = called.to_numpy()[assortment.candidates]
    words = np.full(lists.columns.shape, way.reason, dtype=object)
    if scorer.pull is not None:
        reason = find_reasons(scorer.pull, lists)
        goes = np.array([f"goes with {name}" for name in names], dtype=object)
        words = np.where(reason >= 0, goes[reason], words)
    times = np.zeros(lists.columns.shape, dtype=np.int64)
    for part in split_rows(len(lists.customers), len(names)):
        baskets = assortment.baskets[lists.customers[part]]
        times[part] = baskets[np.arange(baskets.shape[0])[:, None], lists.columns[part]].toarray()
    count = np.array(["", "bought once", *(f"bought {n} times" for n in range(2, times.max(initial=1) + 1))])
    return np.where(times > 0, count.astype(object)[times], words)


def recommend_per_segment(
    recommended: pd.DataFrame, labels: pd.Series, likelihoods: Likelihoods
) -> pd.DataFrame:
    """The products of each kind that stand on the lists of most customers of each segment."""
    keys = ["segment", "kind"]
    customer, people = pd.factorize(recommended["customer_id"])  # texts of two million rows fill the memory
    lists = recommended[["kind", "product_id", "rank"]].assign(
        segment=labels.reindex(people).to_numpy()[customer]
    )
    told = lists.groupby([*keys, "product_id"], observed=True).size().rename("on_lists").reset_index()
    told = told.astype({"product_id": "str", "kind": "str"})
    known = likelihoods.table.drop(columns=["charge", "rank", "distinctive_rank"])
    told = told.merge(known.astype({"product_id": "str"}), on=["segment", "product_id"])
    told = told.sort_values([*keys, "on_lists", "likelihood"], ascending=[True, True, False, False])
    told.insert(1, "rank", told.groupby(keys).cumcount() + 1)
    told = told[told["rank"] <= SEGMENT_RECOMMENDATIONS].reset_index(drop=True)
    size = lists[lists["rank"] == 1].groupby(keys, observed=True).size().rename("size").reset_index()
    of = told[keys].merge(size.astype({"kind": "str"}), on=keys, how="left")["size"]
    why = [f"on the lists of {own:,} of {all_:,}" for own, all_ in zip(told["on_lists"], of, strict=True)]
    last = ["why", "kind"]
    return told.assign(why=pd.Series(why, dtype="str"))[[*(n for n in told if n not in last), *last]]
