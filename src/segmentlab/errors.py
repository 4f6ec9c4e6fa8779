"""The errors a user can act on.

Every one of them ends a command with its message alone, no traceback, and exit code 2.
A message names the thing that is wrong, what was expected and what to do about it.
"""


class SegmentLabError(Exception):
    """Something outside the code is wrong, and the user can put it right."""


class ConfigError(SegmentLabError):
    """A choice or a value in the configuration does not work."""


class DataError(SegmentLabError):
    """The data is missing, unreadable or breaks the contract of its schema."""


class StoreError(SegmentLabError):
    """The tracking store can't be reached, read or written."""
