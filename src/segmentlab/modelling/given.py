"""Segments that somebody made elsewhere, as a model like any other: nothing is learnt, all else follows."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Final, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import validate_data

from segmentlab.errors import ConfigError, DataError
from segmentlab.modelling.interfaces import Labels, Points, Transformer
from segmentlab.modelling.numbering import NOISE
from segmentlab.modelling.parameters import (
    AnyList,
    ExistingFile,
    Nothing,
    OneOf,
    ParameterTable,
    Text,
    check_parameters,
)

LABEL_COLUMN: Final = "label"  # taken where a file has several columns and none was named


class GivenLabels(ClusterMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Labels of the customers at hand, from a list or a file; new customers are placed by their neighbours.

    Args:
        labels: A label for each customer, in their order: numbers or names. None, nan, "" and -1 are no
            segment.
        path: A file that says so instead: CSV, Excel or Parquet with a row per customer, found by
            `customer_id` or another usual name of it.
        column: The file's column of labels. None takes the only one beside the ids, or `label`.
        missing: What becomes of customers whom the file does not name: "refuse" ends with an error,
            "no_segment" leaves them in none.

    Attributes:
        labels_: The labels as whole numbers from 0, -1 where there is none.
        segment_names_: The names of those labels, where they were names and not numbers.
        notes_: What was read from the file, in a sentence.

    Example:
        >>> import numpy as np
        >>> from segmentlab.modelling import GivenLabels
        >>> given = GivenLabels(["gold", "silver", "gold", None]).fit(np.eye(4))
        >>> given.labels_.tolist(), given.segment_names_
        ([0, 1, 0, -1], {0: 'gold', 1: 'silver'})
    """

    PARAMETERS: ClassVar[ParameterTable] = {
        "labels": (AnyList(),),
        "path": (ExistingFile(), Nothing()),
        "column": (Text(), Nothing()),
        "missing": (OneOf(("refuse", "no_segment")),),
    }

    # They can't be made again from other customers, so nobody can ask whether they would be found again.
    can_refit: ClassVar[bool] = False

    def __init__(
        self,
        labels: Sequence[object] | npt.NDArray[Any] = (),
        path: str | None = None,
        column: str | None = None,
        missing: str = "refuse",
    ) -> None:
        self.labels = labels
        self.path = path
        self.column = column
        self.missing = missing

    def meet_customers(
        self,
        features: pd.DataFrame,
        preparation: Transformer,  # noqa: ARG002  (only who they are counts)
        projection: Transformer,  # noqa: ARG002
    ) -> Self:
        """Read whose label is which, where a file says it."""
        check_parameters(self)
        if self.path is not None:
            source = Path(self.path).name
            given = read_labels_file(Path(self.path), self.column)
            remedy = "Complete the file, or set model.missing=no_segment"
            known = given if self.missing == "refuse" else _leave_out_missing(given, features.index)
            self.labels = align_labels(known, features.index, source, remedy)
        return self

    def fit(self, X: Points, y: object = None) -> Self:  # noqa: ARG002, N803
        """Take the labels; there has to be one for each customer."""
        check_parameters(self)
        points = validate_data(self, X, dtype=np.float64)
        given = pd.Series(list(self.labels), dtype="object")
        if self.path is not None and not len(given):
            raise ConfigError(
                f"path={self.path!r} of GivenLabels names customers by their ids, and a matrix has none: fit "
                "it within a Segmenter, on a table whose index are the ids."
            )
        if len(given) != len(points):
            raise DataError(
                f"labels has {len(given):,} labels for {len(points):,} customers. Give one to each customer."
            )
        given = given.where(~given.isin(["", NOISE, str(NOISE)]))
        codes, values = pd.factorize(given, sort=False)
        self.labels_: Labels = np.asarray(codes, dtype=np.int64)
        named = any(isinstance(value, str) for value in values)
        self.segment_names_ = {code: str(value) for code, value in enumerate(values)} if named else {}
        self.notes_: tuple[str, ...] = () if self.path is None else (self._describe_file(),)
        return self

    def _describe_file(self) -> str:
        """Which file the labels are from, by its name and the beginning of its digest."""
        from segmentlab.transactions import compute_content_digest

        path, outside = Path(str(self.path)), int((self.labels_ == NOISE).sum())
        return (
            f"The segments are those of {path.name} (content {compute_content_digest(path).hex()[:12]}), "
            f"which leaves {outside:,} of {len(self.labels_):,} customers in none."
        )


def align_labels(given: pd.Series, customers: pd.Index, source: str, remedy: str) -> list[object]:
    """The labels in the order of the customers; every customer has to have one, and one only.

    Labels of others are left: a file may name customers who have not bought, or whom cleaning took out.
    """
    repeated = given.index[given.index.duplicated()]
    if len(repeated):
        raise DataError(f"{source}: customer '{repeated[0]}' has more than one label. Keep one for each.")
    missing = customers[~customers.isin(given.index)]
    if len(missing) == len(customers):
        raise DataError(
            f"{source}: none of its {len(given):,} ids is one of the {len(customers):,} customers here. "
            f"It has {_quote(given.index)}, and customers are {_quote(customers)}. Give the ids of the data."
        )
    if len(missing):
        raise DataError(
            f"{source}: {len(missing):,} of {len(customers):,} customers have none, first '{missing[0]}'. "
            f"{remedy}; an empty label is no segment."
        )
    return list(given.loc[customers])


def read_labels_file(path: Path, column: str | None) -> pd.Series:
    """The label of each customer whom the file names, by customer id."""
    import ibis

    from segmentlab.transactions import read_customers_file

    table = read_customers_file(path, ibis.duckdb.connect()).table
    others = [name for name in table.columns if name != "customer_id"]
    found = column or (others[0] if len(others) == 1 else LABEL_COLUMN)
    if found not in others:
        raise DataError(
            f"{path.name}: no column '{found}' with labels. Found beside the ids: "
            f"{', '.join(map(repr, others)) or 'none'}. Name it with model.column=."
        )
    frame = table.select("customer_id", found).to_pandas()
    given: pd.Series = frame.set_index("customer_id")[found].astype("object")
    return given


def _leave_out_missing(given: pd.Series, customers: pd.Index) -> pd.Series:
    """With an empty label for everybody whom the file does not name; nothing where it names nobody."""
    unnamed = customers[~customers.isin(given.index)]
    if len(unnamed) == len(customers):
        return given
    completed: pd.Series = given.reindex(given.index.append(unnamed))
    return completed


def _quote(ids: pd.Index) -> str:
    return ", ".join(f"'{one}'" for one in ids[:3])
