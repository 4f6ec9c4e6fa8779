"""Deletion of a customer, on request."""

from omegaconf import DictConfig
from rich.console import Console

from segmentlab.history import History


def forget(config: DictConfig) -> None:
    """Delete the customer's rows, and say how many there were. None is an answer, not an error."""
    rows = History(config.history).forget(str(config.customer))
    Console().print(
        f"{rows:,} rows of customer '{config.customer}' were deleted from the history. Runs keep a table of "
        "their customers, and so do files that scoring wrote: docs/monitor.md says how to clear them.",
        markup=False, highlight=False, soft_wrap=True,
    )  # fmt: skip
