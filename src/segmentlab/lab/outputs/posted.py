"""The table of lines that were posted to the live service, as far as others than the service know it."""

from typing import Final

from segmentlab.lab.outputs.database import HistoryDatabase

LINES_TABLE: Final = "live_lines"


def forget_posted_lines(url: str, customer_id: str) -> int | None:
    """Delete every line of one customer, and tell how many there were; None where no line was ever posted.

    A service that runs has its file for itself: it is waited for, and then told of.
    """
    database = HistoryDatabase(url, key="lines")
    if database.is_empty:
        return None
    with database.transaction() as session:
        if not session.has_table(LINES_TABLE):
            return None
        who = {"customer_id": customer_id}
        where = f"from {LINES_TABLE} where customer_id = :customer_id"
        found = session.read(f"select count(*) as posted {where}", who)
        session.execute(f"delete {where}", who)
    return int(found["posted"].iloc[0])
