"""Deletion of a customer, on request."""

from pathlib import Path

from segmentlab.errors import ConfigError
from segmentlab.lab.campaign_history import CampaignHistory
from segmentlab.lab.cli.screen import print_line
from segmentlab.lab.config import Setup
from segmentlab.lab.history import History
from segmentlab.lab.nights import forget_taken_lines
from segmentlab.lab.outputs import OutputFile, OutputTable, forget_posted_lines


def forget_customer(setup: Setup) -> None:
    """Delete the customer's rows, and say of each place how many there were. None is an answer, not an error.

    What can be refused is refused before anything is deleted. Each place is cleared in one step and told when
    it is, so after a failure it is known what is left; doing it all again does no harm.
    """
    config = setup.config
    who = str(config.customer)
    if not who.strip() or config.customer is None:
        raise ConfigError("customer= names nobody: write the id, such as customer=15284.")
    table = None if config.table is None else OutputTable.of(config.table, config.database)
    files = [OutputFile(Path(name), overwrite=False) for name in config.files]
    for file in files:
        file.check_is_there()
    if table is not None:
        table.check_is_there()
    history = History(config.history)
    if history.database.is_empty and table is None and not files:
        raise ConfigError(
            f"history={config.history}: there is no such history, and neither table= nor files= names "
            "another place, so nothing could be deleted. Correct history=."
        )
    _tell_deleted_rows(history.forget(who), who, "the history")
    _tell_deleted_rows(CampaignHistory(config.history).forget(who), who, "the campaigns")
    if table is not None:
        _tell_deleted_rows(table.forget(who), who, f"table {table.name}")
    for file in files:
        _tell_deleted_rows(file.forget(who), who, str(file.path))
    _forget_lines(config.lines, config.taken, who)
    print_line(
        "Runs keep a table of their customers, and nothing was deleted from what is not named here: "
        "docs/monitor.md says how to clear them."
    )


def _forget_lines(posted: str | None, taken: str | None, who: str) -> None:
    """Where lines are kept, and there are any."""
    if posted is not None and (rows := forget_posted_lines(posted, who)) is not None:
        _tell_deleted_rows(rows, who, "the lines that were posted")
    if taken is not None and Path(taken).is_dir():
        _tell_deleted_rows(forget_taken_lines(Path(taken), who), who, "the files that were taken")


def _tell_deleted_rows(rows: int, who: str, place: str) -> None:
    print_line(f"{rows:,} rows of customer '{who}' were deleted from {place}.")
