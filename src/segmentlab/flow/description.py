"""From transactions, or a table of customers, to customers as rows of features."""

from dataclasses import replace
from datetime import date
from typing import Final, NamedTuple

import pandas as pd

from segmentlab.errors import DataError
from segmentlab.features import build_customer_table, check_parts, find_same_for_all
from segmentlab.flow.ahead import MOST_TRIED, gather_days
from segmentlab.flow.holdout import describe_earlier, describe_past, sample_history
from segmentlab.flow.result import DescribedCustomers, Plan, SalesFacts
from segmentlab.flow.seen import SeenCustomers, see_customers
from segmentlab.flow.standing import find_standing
from segmentlab.flow.steps import StepTimer
from segmentlab.goods import gather_product_days, gather_purchases
from segmentlab.modelling import StageMemory, check_differences, make_anew, tell_constants
from segmentlab.segments import gather_facts, read_traits
from segmentlab.transactions import (
    Books,
    CleanedLines,
    CustomersOnly,
    Dataset,
    OrderSums,
    clean_until,
    drop_copies,
    find_suspicious_lines,
    keep_books,
    select_unnamed,
    select_until,
    sum_cleaned_months,
)

MANY_CUSTOMERS: Final = 100_000


class CleanShop(NamedTuple):
    """Clean lines, and what the shop can check of them."""

    cleaned: CleanedLines
    as_of: date
    months: OrderSums | None
    books: Books
    suspicious: pd.DataFrame


def describe(
    plan: Plan, dataset: Dataset | CustomersOnly, steps: StepTimer, known: StageMemory = make_anew
) -> DescribedCustomers:
    """From lines to customers: clean, and compute what the model will see.

    `known` is what descriptions of the same lines, cleaned alike, have found whatever their features.
    """
    check_parts(plan.features, dataset.tables)
    if isinstance(dataset, CustomersOnly):
        return _describe_customers(plan, dataset, steps)
    with steps("clean"):
        _refuse_same_for_all(plan, dataset)
        shop = known("clean", lambda: _clean(plan, dataset))
        as_of = shop.as_of
    with steps("features"):
        seen = see_customers(plan, dataset, shop.cleaned, as_of, shop.months)
        features, customers = seen.features, len(seen.features.frame)
        if customers > MANY_CUSTOMERS:  # what follows takes minutes, and the model would refuse it
            check_differences(features.frame, plan.leave_out)
    if seen.crowd is not None:  # a sample of them, whose lines are its own
        known = make_anew
    sales = known(("sales", customers, plan.holdout_days > 0), lambda: _tell_sales(plan, shop, seen, steps))
    traits = None if seen.dataset.customers is None else read_traits(seen.dataset.customers)
    if not plan.holdout_days:
        return DescribedCustomers(dataset.about, features, sales, traits=traits, crowd=seen.crowd)
    with steps("holdout"):
        sampled, history, notes = sample_history(seen.dataset, seen.lines, customers)
        past = describe_past(plan, sampled, history, as_of)
        earlier = describe_earlier(plan, sampled, history, as_of)
    facts = sales.facts
    sales = replace(sales, facts=replace(facts, notes=(*facts.notes, *notes)))
    return DescribedCustomers(dataset.about, features, sales, past, traits, earlier, seen.crowd)


def _clean(plan: Plan, dataset: Dataset) -> CleanShop:
    cleaned, as_of = clean_until(dataset, plan.cleaning, plan.as_of)
    months = sum_cleaned_months(select_until(dataset.transactions, plan.as_of), plan.cleaning)
    books = keep_books(dataset, plan.cleaning, plan.as_of, cleaned, months)
    books.refuse(dataset.source)
    return CleanShop(cleaned, as_of, months, books, find_suspicious_lines(cleaned.transactions))


def _tell_sales(plan: Plan, shop: CleanShop, seen: SeenCustomers, steps: StepTimer) -> SalesFacts:
    """What only lines tell of these customers, whatever their features."""
    lines, as_of, customers = seen.lines, shop.as_of, len(seen.features.frame)
    with steps("facts"):
        as_read = drop_copies(seen.dataset.transactions, plan.cleaning)
        facts = gather_facts(lines, as_read, as_of, seen.sums)
        standing = find_standing(lines, as_of, facts.customers["net"])
    with steps("purchases"):
        bought = gather_purchases(lines, customers)
        kept, later = int(shop.cleaned.ledger["rows"].iloc[-1]), plan.holdout_days > 0
        unnamed = select_unnamed(seen.dataset.transactions, plan.cleaning, as_of) if later else None
        product_days = gather_product_days(lines, as_of, customers, kept, unnamed)
        days = gather_days(lines, as_read, as_of) if later and customers <= MOST_TRIED else None
    return SalesFacts(
        facts.customers["revenue"],
        shop.cleaned.ledger,
        shop.suspicious,
        facts,
        bought,
        product_days,
        shop.books.tables,
        standing,
        days,
    )


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
