"""The errors a user can act on.

Every one of them ends a command with its message alone, no traceback, and exit code 2.
A message names the thing that is wrong, what was expected and what to do about it.
"""


class SegmentLabError(Exception):
    """Something outside the code is wrong, and the user can put it right."""


class ConfigError(SegmentLabError, ValueError):
    """A choice or a value does not work. A wrong value is also a `ValueError`."""


class DataError(SegmentLabError, ValueError):
    """The data is missing, unreadable or breaks the contract of its schema. It is a `ValueError` too."""


class StoreError(SegmentLabError):
    """The tracking store can't be reached, read or written."""
