"""A world on disk, generated piece by piece so that memory does not grow with the world."""

import hashlib
import json
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from segmentlab.transactions.shop.pieces import WorldPlan, count_pieces, draw_piece

logger = logging.getLogger(__name__)

MOST_WORKERS: Final = 4

MANIFEST: Final = "world.json"
TRUTH: Final = "truth.parquet"
EFFECTS: Final = "effects.parquet"
TRANSACTIONS: Final = "transactions"


class WrittenPart(NamedTuple):
    """What is remembered of a piece once it is on disk."""

    rows: int
    digest: bytes
    truth: pa.Table | None
    effects: pa.Table | None


def write_world(folder: Path, plan: WorldPlan) -> None:
    """Write the parts, what is known beforehand, and at last the manifest with the digest."""
    (folder / TRANSACTIONS).mkdir(parents=True)

    def make(number: int) -> WrittenPart:
        piece = draw_piece(number, plan)
        path = folder / TRANSACTIONS / f"part-{number:05d}.parquet"
        write_part(path, piece.transactions)
        digest = hashlib.sha256(path.read_bytes()).digest()
        return WrittenPart(piece.transactions.num_rows, digest, piece.truth, piece.effects)

    total = count_pieces(plan.customers)
    parts: list[WrittenPart] = []
    with ThreadPoolExecutor(max_workers=count_workers()) as pool:
        for part in pool.map(make, range(total)):
            parts.append(part)
            logger.info("part %d of %d written", len(parts), total)
    _write_known(folder / TRUTH, [part.truth for part in parts])
    _write_known(folder / EFFECTS, [part.effects for part in parts])
    # A campaign that added nothing makes another world all the same: its truth differs.
    digests = [*(part.digest for part in parts), plan.campaign.digest.encode() if plan.campaign else b""]
    manifest = {
        "customers": plan.customers,
        "rows": sum(part.rows for part in parts),
        "digest": hashlib.sha256(b"".join(digests)).hexdigest(),
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


def _write_known(path: Path, tables: list[pa.Table | None]) -> None:
    known = [table for table in tables if table is not None]
    if known:
        pq.write_table(pa.concat_tables(known), path)
