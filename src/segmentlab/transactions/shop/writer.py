"""A world on disk, generated piece by piece so that memory does not grow with the world."""

import hashlib
import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from segmentlab.transactions.shop.baskets import draw_sales
from segmentlab.transactions.shop.calendar import START
from segmentlab.transactions.shop.catalogue import make_assortment
from segmentlab.transactions.shop.dirt import add_dirt
from segmentlab.transactions.shop.lives import Shares, draw_lives, draw_orders
from segmentlab.transactions.shop.people import COUNTRIES, Structure, draw_shoppers
from segmentlab.transactions.shop.purchases import draw_purchases
from segmentlab.transactions.shop.sales import (
    INVOICE_PREFIXES,
    NO_CUSTOMER,
    Flags,
    Ints,
    Invoices,
    Sales,
)
from segmentlab.transactions.shop.truth import describe_lives, describe_shoppers, list_planted

logger = logging.getLogger(__name__)

PIECE: Final = 10_000  # customers; about half a million lines
INVOICES_A_PIECE: Final = 150_000  # numbers set aside, twice what a piece needs
MOST_WORKERS: Final = 4
FIRST_CUSTOMER: Final = 12_346
FIRST_INVOICE: Final = 489_434

MANIFEST: Final = "world.json"
TRUTH: Final = "truth.parquet"
TRANSACTIONS: Final = "transactions"

NOBODY_KNOWN: Final = Shares()


class WorldPiece(NamedTuple):
    """The transactions of consecutive customers, and what is known of them beforehand, if anything is."""

    transactions: pa.Table
    truth: pa.Table | None


class WrittenPart(NamedTuple):
    """What is remembered of a piece once it is on disk."""

    rows: int
    digest: bytes
    truth: pa.Table | None


def write_world(
    folder: Path, customers: int, seed: int, structure: Structure, shares: Shares = NOBODY_KNOWN
) -> None:
    """Write the parts, the truth, and at last the manifest with the digest of the transactions."""
    (folder / TRANSACTIONS).mkdir(parents=True)

    def make(number: int) -> WrittenPart:
        piece = draw_piece(number, customers, seed, structure, shares)
        path = folder / TRANSACTIONS / f"part-{number:05d}.parquet"
        write_part(path, piece.transactions)
        digest = hashlib.sha256(path.read_bytes()).digest()
        return WrittenPart(piece.transactions.num_rows, digest, piece.truth)

    total = -(-customers // PIECE)
    parts: list[WrittenPart] = []
    with ThreadPoolExecutor(max_workers=count_workers()) as pool:
        for part in pool.map(make, range(total)):
            parts.append(part)
            logger.info("part %d of %d written", len(parts), total)
    truths = [part.truth for part in parts if part.truth is not None]
    if truths:
        pq.write_table(pa.concat_tables(truths), folder / TRUTH)
    manifest = {
        "customers": customers,
        "rows": sum(part.rows for part in parts),
        "digest": hashlib.sha256(b"".join(part.digest for part in parts)).hexdigest(),
    }
    (folder / MANIFEST).write_text(json.dumps(manifest, indent=2), encoding="utf-8")


def count_workers() -> int:
    """How many pieces are in the making, and in memory, at a time. NumPy and Arrow run side by side."""
    return min(MOST_WORKERS, os.cpu_count() or 1)


def write_part(path: Path, transactions: pa.Table) -> None:
    """Write one file of the world."""
    # Without the Arrow schema every reader sees plain strings, not this writer's dictionaries;
    # no column but time has an order that statistics could help a reader with.
    pq.write_table(transactions, path, store_schema=False, write_statistics=["timestamp"])


def draw_piece(
    number: int, customers: int, seed: int, structure: Structure, shares: Shares = NOBODY_KNOWN
) -> WorldPiece:
    """One piece of the world. It has random numbers and invoice numbers of its own: pieces need no order."""
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(number,)))
    start = number * PIECE
    count = min(PIECE, customers - start)
    names = _number_from(FIRST_CUSTOMER + start, count)
    if shares == NOBODY_KNOWN:
        people = draw_shoppers(rng, count, structure)
        sales, truth = draw_purchases(rng, people), list_planted(people, names)
    else:
        names = names.take(pa.array(rng.permutation(count)))  # a number says nothing of its customer
        sales, truth = _draw_mixed_sales(rng, names, structure, shares)
    records = add_dirt(rng, sales).in_order_of_time()
    return WorldPiece(_make_transactions(records, names, FIRST_INVOICE + number * INVOICES_A_PIECE), truth)


def _draw_mixed_sales(
    rng: np.random.Generator, names: pa.StringArray, structure: Structure, shares: Shares
) -> tuple[Sales, pa.Table]:
    """The sales of customers of every kind, and what is known of each."""
    *known, others = rng.multinomial(len(names), [*shares, max(1 - sum(shares), 0.0)])
    people, lives = draw_shoppers(rng, others, structure), draw_lives(rng, np.array(known))
    orders, left = draw_orders(rng, lives)
    sales, spend = draw_sales(rng, lives, orders, first_customer=others)
    described = [
        describe_shoppers(people, names[:others]),
        describe_lives(lives, orders, left, spend, names[others:]),
    ]
    return Sales.join([draw_purchases(rng, people), sales]), pa.concat_tables(described)


def _make_transactions(records: Sales, names: pa.StringArray, first_invoice: int) -> pa.Table:
    """The canonical table; texts are dictionaries, so that a line costs numbers only."""
    shop, lines = make_assortment(), records.lines
    customer = records.invoices.customer[lines.invoice]
    description = shop.item_description[lines.item]
    seconds = START.astype("datetime64[s]") + records.invoices.minute.astype("timedelta64[m]")
    return pa.table(
        {
            "customer_id": _make_text_column(customer, names, missing=customer == NO_CUSTOMER),
            "invoice_id": _make_text_column(
                lines.invoice, _make_invoice_ids(records.invoices, first_invoice)
            ),
            "product_id": _make_text_column(shop.item_code[lines.item], shop.codes),
            "description": _make_text_column(description, shop.descriptions, missing=description < 0),
            "quantity": lines.quantity.astype(np.float64),
            "unit_price": lines.pence / 100,
            "timestamp": seconds.astype("datetime64[us]")[lines.invoice],
            "country": _make_text_column(records.invoices.country[lines.invoice], pa.array(COUNTRIES)),
        }
    )


def _make_text_column(
    index: Ints, values: pa.StringArray, missing: Flags | None = None
) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=missing), values)


def _number_from(first: int, count: int) -> pa.StringArray:
    return pa.array(np.arange(first, first + count)).cast(pa.string())


def _make_invoice_ids(invoices: Invoices, first: int) -> pa.StringArray:
    prefixes = pa.array(INVOICE_PREFIXES).take(pa.array(invoices.kind))
    return pc.binary_join_element_wise(prefixes, _number_from(first, len(invoices)), "")
