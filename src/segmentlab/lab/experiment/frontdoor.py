"""The front door: from a table to segments in one call, and a shop to try it with."""

from collections.abc import Mapping
from typing import Any, Literal

import pandas as pd

from segmentlab.lab.experiment.lab import Lab
from segmentlab.lab.experiment.segmentation import Segmentation
from segmentlab.transactions import Books


def segment(
    data: Any = None,  # noqa: ANN401  (whatever holds a table)
    *,
    customers: Any = None,  # noqa: ANN401
    labels: Any = None,  # noqa: ANN401
    settings: Mapping[str, Any] | None = None,
    **choices: Any,  # noqa: ANN401
) -> Segmentation:
    """From transactions, or from a table of customers, to segments.

    Args:
        data: Transactions: a DataFrame of pandas or Polars, a table of Arrow, the path of a file, or the
            name of a data set such as `"synthetic"` or `"online_retail"`.
        customers: A table with a row per customer. Alone, every numeric column of it is a feature.
        labels: Segments that somebody made elsewhere, by customer id: profiled, named, judged and scored like
            any others.
        settings: Further keys as on the command line: `{"data.dates": "day_first", "tune.trials": 20}`.
        **choices: What the table calls its columns (`customer_id="who"`, `timestamp="when"`, `quantity`,
            `unit_price`, `line_total`, `invoice_id`, `product_id`, `description`, `country`), where names are
            not found. Every group of `conf/` by its name: `features=["rfm", "rhythm"]`, `prepare`,
            `projection`, `model`, `outliers`, `one_time`, `cleaning`, `evaluate`, `names`, `view`, `engine`,
            `tune`. `seed`, `as_of`, `leave_out`. All else is a parameter of the model: `n_clusters=5`.

    Returns:
        What was found: customers, profiles, evidence, figures, a report, and a way to score.

    Raises:
        SegmentLabError: With the sentence that the command line would say. A wrong value is a ValueError too.

    Example:
        >>> import segmentlab as sl
        >>> found = sl.segment(sl.make_shop(customers=300), evaluate="quick", n_clusters=3)
        >>> found.profile["name"].tolist()
        ['Loyal', 'Medium value, occasional, cooling', 'One-time']
        >>> sorted(found.score(sl.make_shop(customers=50, seed=1))["segment"].unique().tolist())
        [0, 1, 2]
    """
    tuned = choices.get("tune", "none") not in (None, "none")
    columns = {name: choices.pop(name) for name in list(choices) if name in Lab.COLUMNS}
    lab = Lab(data, customers=customers, settings=settings, background=False, **columns)
    return lab.tune(**choices) if tuned else lab.segment(labels=labels, **choices)


def look(
    data: Any,  # noqa: ANN401  (whatever holds a table)
    *,
    settings: Mapping[str, Any] | None = None,
    **choices: Any,  # noqa: ANN401
) -> Books:
    """Does this match your books? What a shop can check before it believes a segment.

    Args:
        data: Transactions, as for `segment`.
        settings: Further keys as on the command line: `{"data.dates": "day_first"}`.
        **choices: Names of columns, `cleaning` and `as_of`, as for `segment`.

    Returns:
        Tables of totals, months, the largest customers and orders, what each rule of cleaning takes, and
        what contradicts itself. It prints them all.

    Example:
        >>> import segmentlab as sl
        >>> books = sl.look(sl.make_shop(customers=300))
        >>> books.totals["what"].tolist()[-5:]
        ['gross', 'refunds', 'net', 'first', 'last']
        >>> len(books.contradictions)
        0
    """
    columns = {name: choices.pop(name) for name in list(choices) if name in Lab.COLUMNS}
    return Lab(data, settings=settings, **columns).look(**choices)


def make_shop(
    customers: int = 300, *, seed: int = 0, structure: Literal["planted", "none"] = "planted"
) -> pd.DataFrame:
    """Generate the transactions of a shop that never was: the data of `"synthetic"`, dirt included.

    Args:
        customers: How many customers are planted; those who never bought are in no line.
        seed: The same seed gives the same shop.
        structure: `"planted"` for a shop whose segments are known, `"none"` for one that has none.

    Returns:
        A row per line of an invoice, in our own column names.

    Example:
        >>> import segmentlab as sl
        >>> sl.make_shop(customers=300)[["customer_id", "quantity", "unit_price"]].shape[1]
        3
    """
    from tempfile import TemporaryDirectory

    import ibis

    from segmentlab.transactions import SyntheticWorld

    with TemporaryDirectory(prefix="segmentlab-") as folder:
        world = SyntheticWorld(customers=customers, seed=seed, structure=structure, folder=folder)
        lines: pd.DataFrame = world.read(ibis.duckdb.connect()).transactions.to_pandas()
    return lines
