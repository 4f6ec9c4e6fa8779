"""From transactions, or a table of customers, to customers as rows of features."""

from dataclasses import replace
from typing import Final

from segmentlab.errors import DataError
from segmentlab.features import build_customer_table, check_parts, find_same_for_all
from segmentlab.flow.ahead import MOST_TRIED, gather_days
from segmentlab.flow.holdout import describe_earlier, describe_past, sample_history
from segmentlab.flow.result import DescribedCustomers, Plan, SalesFacts
from segmentlab.flow.seen import see_customers
from segmentlab.flow.standing import find_standing
from segmentlab.flow.steps import StepTimer
from segmentlab.goods import gather_product_days, gather_purchases
from segmentlab.modelling import check_differences, tell_constants
from segmentlab.segments import gather_facts, read_traits
from segmentlab.transactions import (
    CustomersOnly,
    Dataset,
    clean_until,
    drop_copies,
    find_suspicious_lines,
    keep_books,
    select_unnamed,
    select_until,
    sum_cleaned_months,
)

MANY_CUSTOMERS: Final = 100_000


def describe(plan: Plan, dataset: Dataset | CustomersOnly, steps: StepTimer) -> DescribedCustomers:
    """From lines to customers: clean, and compute what the model will see."""
    check_parts(plan.features, dataset.tables)
    if isinstance(dataset, CustomersOnly):
        return _describe_customers(plan, dataset, steps)
    with steps("clean"):
        _refuse_same_for_all(plan, dataset)
        cleaned, as_of = clean_until(dataset, plan.cleaning, plan.as_of)
        months = sum_cleaned_months(select_until(dataset.transactions, plan.as_of), plan.cleaning)
        books = keep_books(dataset, plan.cleaning, plan.as_of, cleaned, months)
        books.refuse(dataset.source)
        suspicious = find_suspicious_lines(cleaned.transactions)
    with steps("features"):
        features, known, lines, sums, crowd = see_customers(plan, dataset, cleaned, as_of, months)
        if len(features.frame) > MANY_CUSTOMERS:  # what follows takes minutes, and the model would refuse it
            check_differences(features.frame, plan.leave_out)
    with steps("facts"):
        as_read = drop_copies(known.transactions, plan.cleaning)
        facts = gather_facts(lines, as_read, as_of, sums)
        standing = find_standing(lines, as_of, facts.customers["net"])
        traits = None if known.customers is None else read_traits(known.customers)
    with steps("purchases"):
        bought = gather_purchases(lines, len(features.frame))
        kept = int(cleaned.ledger["rows"].iloc[-1])
        unnamed = select_unnamed(known.transactions, plan.cleaning, as_of) if plan.holdout_days else None
        product_days = gather_product_days(lines, as_of, len(features.frame), kept, unnamed)
    sales = SalesFacts(
        facts.customers["revenue"],
        cleaned.ledger,
        suspicious,
        facts,
        bought,
        product_days,
        books.tables,
        standing,
    )
    if not plan.holdout_days:
        return DescribedCustomers(dataset.about, features, sales, traits=traits, crowd=crowd)
    with steps("holdout"):
        sampled, history, notes = sample_history(known, lines, len(features.frame))
        past = describe_past(plan, sampled, history, as_of)
        earlier = describe_earlier(plan, sampled, history, as_of)
        few = len(features.frame) <= MOST_TRIED
        days = gather_days(lines, as_read, as_of) if few else None
    sales = replace(sales, facts=replace(facts, notes=(*facts.notes, *notes)), days=days)
    return DescribedCustomers(dataset.about, features, sales, past, traits, earlier, crowd)


def _refuse_same_for_all(plan: Plan, dataset: Dataset) -> None:
    """Where nobody of very many customers came twice, say at once what that makes of the features."""
    customers, found = find_same_for_all(
        plan.features, dataset.transactions, plan.leave_out, orders=dataset.orders
    )
    if found:
        raise DataError(
            f"{dataset.source}: no customer came twice. {tell_constants(found, customers, plan.leave_out)}"
        )


def _describe_customers(plan: Plan, dataset: CustomersOnly, steps: StepTimer) -> DescribedCustomers:
    """Without lines there is nothing to clean, and no date."""
    dataset.refuse_day(plan.as_of)
    with steps("features"):
        known = build_customer_table(plan.features, dataset.customers, plan.leave_out)
        return DescribedCustomers(dataset.about, known, traits=read_traits(dataset.customers))
