"""What follows from sums by customer, invoice and day: days, customers, and whom new lines concern."""

from typing import Final

import ibis
import ibis.expr.types as ir

from segmentlab.features import sum_histories
from segmentlab.segments import sum_known_money
from segmentlab.transactions import LEFT_AT_COLUMN

BUCKET: Final = "_bucket"  # lines that a rule may compare with each other are in one


def mark_buckets(lines: ir.Table) -> ir.Table:
    """The lines, each with its bucket."""
    return lines.mutate(**{BUCKET: _find_bucket(lines, lines["timestamp"].date())})


def add_buckets(sums: ir.Table) -> ir.Table:
    """The sums, each with the bucket that its lines were in."""
    return sums.mutate(**{BUCKET: _find_bucket(sums, sums["day"])})


def _find_bucket(table: ir.Table, day: ir.DateValue) -> ir.StringValue:
    """Lines that may be copies of each other, or one of which cancels the other, are in one bucket.

    These are a customer's. Of nobody's lines only equal ones can be: of one invoice and day.
    """
    nobodys = table["invoice_id"].fill_null("") + " " + day.cast("string")
    return ibis.coalesce(table["customer_id"], nobodys)


def list_touched(staged: ir.Table, *, compares: bool) -> ir.Table:
    """Whom new lines concern; without rules that compare lines, nobody's lines concern nobody."""
    if compares:
        return staged.select("customer_id", bucket=staged[BUCKET]).distinct()
    return staged.filter(staged["customer_id"].notnull()).select("customer_id").distinct()


def list_kept_days(kept: ir.Table) -> ir.Table:
    """What each day of each customer came to, of sums of lines that stay."""
    return kept.group_by("customer_id", "day").aggregate(
        money=kept["line_total"].sum().round(6),
        bought=(kept["_gross"] > 0).any(),
        lines=kept["_rows"].sum(),
        morning=kept["morning"].sum(),
        evening=kept["evening"].sum(),
    )


def sum_kept_money(sums: ir.Table) -> ir.Table:
    """What each customer kept, whatever cleaning makes of it."""
    return sum_known_money(sums.mutate(gross=sums["_gross"]))


def describe_people(sums: ir.Table, money: ir.Table) -> ir.Table:
    """A row for each customer of whom a line stays; nothing in it depends on today."""
    kept = sums.filter(sums[LEFT_AT_COLUMN].isnull())
    people = kept.group_by("customer_id").aggregate(
        invoices=kept["invoice_id"].nunique(),
        line_total=kept["line_total"].sum(),
        timestamp=kept["timestamp"].max(),
        first_day=kept["day"].min(),
    )
    for more in (sum_histories(list_kept_days(kept)), money.select("customer_id", "net")):
        people = people.left_join(more, "customer_id").drop("customer_id_right")
    return people
