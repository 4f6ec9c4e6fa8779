"""The errors a user can act on.

Every one of them ends a command with its message alone, no traceback, and exit code 2.
A message names the thing that is wrong, what was expected and what to do about it.
"""


class SegmentLabError(Exception):
    """Something outside the code is wrong, and the user can put it right. All our errors are of this kind.

    Example:
        >>> import segmentlab as sl
        >>> try:
        ...     sl.segment("no_such_file.csv")
        ... except sl.SegmentLabError as error:
        ...     print(str(error)[:39])
        no_such_file.csv: there is no such file
    """


class ConfigError(SegmentLabError, ValueError):
    """A choice or a value does not work. A wrong value is also a `ValueError`.

    Example:
        >>> import segmentlab as sl
        >>> try:
        ...     sl.segment("synthetic", model="kmean")
        ... except ValueError as error:
        ...     print(error)
        model=kmean: there is no such option. Did you mean kmeans?
    """


class DataError(SegmentLabError, ValueError):
    """The data is missing, unreadable or breaks the contract of its schema. It is a `ValueError` too.

    Example:
        >>> import pandas as pd
        >>> import segmentlab as sl
        >>> try:
        ...     sl.segment(pd.DataFrame({"customer_id": []}))
        ... except sl.DataError as error:
        ...     print(error)
        the table of transactions has no rows.
    """


class NoRowsError(DataError):
    """There is a table, with headings perhaps, and nothing in it: a day on which nobody bought, or a fault.

    Example:
        >>> from segmentlab.errors import DataError, NoRowsError
        >>> issubclass(NoRowsError, DataError)
        True
    """


class StoreError(SegmentLabError):
    """The tracking store can't be reached, read or written.

    Example:
        >>> import segmentlab as sl
        >>> try:
        ...     sl.runs("sqlite:///nowhere.db")
        ... except sl.StoreError as error:
        ...     print(error)
        There is no store at sqlite:///nowhere.db. Make a run first, or set tracking.uri.
    """
