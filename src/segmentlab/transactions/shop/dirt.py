"""What makes the records of a real shop dirty, at about the rates of Online Retail II.

Rates are per line of a sale unless they say otherwise. Dirt is added to the sales; only a slip of the
keyboard changes a line.
"""

import numpy as np

from segmentlab.transactions.shop.calendar import (
    DAYS,
    MINUTES_A_DAY,
    ORDINARY,
    draw_minutes,
    find_open_day,
    move_to_open_day,
)
from segmentlab.transactions.shop.catalogue import (
    BAD_DEBT,
    DOTCOM,
    EXTRAS,
    FEES,
    FIRST_NOTE,
    NOTE_COUNT,
    POSTAGE,
    Charge,
    make_assortment,
)
from segmentlab.transactions.shop.people import HOME_COUNTRY
from segmentlab.transactions.shop.sales import (
    BAD_DEBT_KIND,
    CANCELLATION_KIND,
    NO_CUSTOMER,
    SALE_KIND,
    Flags,
    Ints,
    Invoices,
    Lines,
    Sales,
)

CANCELLED_INVOICES = 0.10  # of the invoices of customers
CANCELLED_LINES = 0.25  # of the lines of such an invoice
CANCELLED_IN_PART = 0.3  # of the cancelled lines
DAYS_TO_CANCEL = 8.0  # mean
SLIPS = 1 / 40_000
REPEATS = 0.002  # besides those of large baskets, in which a popular product comes twice anyway
GIFTS = 0.0004
STOCK_NOTE_RATE = 0.0045
STOCK_LOST = 0.85  # of the stock notes; the others record goods that were found


def add_dirt(rng: np.random.Generator, sales: Sales) -> Sales:
    """The sales with all their dirt."""
    known = np.flatnonzero((sales.invoices.customer != NO_CUSTOMER)[sales.lines.invoice])
    slips = _draw_rows(rng, known, SLIPS)
    sales = Sales(sales.invoices, _add_slips(rng, sales.lines, slips))
    additions = [
        sales.lines,
        sales.lines.take(_draw_rows(rng, known, REPEATS)),
        _make_gifts(rng, sales.lines.take(_draw_rows(rng, known, GIFTS))),
        *(
            _charge_invoices(rng, sales.lines.invoice[_draw_rows(rng, known, extra.rate)], extra)
            for extra in EXTRAS
        ),
        _charge_invoices(
            rng,
            _draw_rows(rng, np.flatnonzero(sales.invoices.country != HOME_COUNTRY), POSTAGE.rate),
            POSTAGE,
        ),
        _charge_invoices(
            rng, _draw_rows(rng, np.flatnonzero(sales.invoices.customer == NO_CUSTOMER), DOTCOM.rate), DOTCOM
        ),
    ]
    size = len(sales.lines)
    return Sales.join(
        [
            Sales(sales.invoices, Lines.concat(additions)),
            _make_cancellations(rng, sales, _choose_cancelled_lines(rng, sales, known, slips), slips),
            *(_make_charge_invoices(rng, size, fee, SALE_KIND) for fee in FEES),
            _make_charge_invoices(rng, size, BAD_DEBT, BAD_DEBT_KIND),
            _make_stock_notes(rng, size),
        ]
    )


def _draw_rows(rng: np.random.Generator, rows: Ints, rate: float) -> Ints:
    """A random choice of rows in ascending order, each at most once."""
    count = rng.binomial(len(rows), rate)
    return np.sort(rng.choice(rows, size=count, replace=False, shuffle=False))


def _add_slips(rng: np.random.Generator, lines: Lines, slips: Ints) -> Lines:
    """A slip of the keyboard orders thousands of pieces; it is cancelled within the hour."""
    quantity = lines.quantity.copy()
    quantity[slips] = 12 * rng.integers(200, 6000, size=len(slips))
    return Lines(lines.invoice, lines.item, quantity, lines.pence)


def _make_gifts(rng: np.random.Generator, lines: Lines) -> Lines:
    """Something for nothing, on the invoice of a customer."""
    return Lines.of(lines.invoice, lines.item, rng.integers(1, 13, size=len(lines)), np.zeros(len(lines)))


def _charge_invoices(rng: np.random.Generator, invoice: Ints, charge: Charge) -> Lines:
    """A charge on each of these invoices."""
    count = len(invoice)
    pence = np.rint(100 * charge.price * rng.lognormal(0, 0.5, size=count))
    return Lines.of(
        invoice, np.full(count, make_assortment().item(charge)), np.full(count, charge.quantity), pence
    )


def _make_unnamed_invoices(rng: np.random.Generator, count: int, kind: int) -> Invoices:
    """Invoices without a customer, on any open day."""
    day = find_open_day(rng.random(count) * ORDINARY[-1])
    return Invoices.of(np.full(count, NO_CUSTOMER), draw_minutes(rng, day), HOME_COUNTRY, kind)


def _make_charge_invoices(rng: np.random.Generator, size: int, charge: Charge, kind: int) -> Sales:
    """A charge on invoices that hold nothing else."""
    count = int(rng.poisson(charge.rate * size))
    return Sales(_make_unnamed_invoices(rng, count, kind), _charge_invoices(rng, np.arange(count), charge))


def _make_stock_notes(rng: np.random.Generator, size: int) -> Sales:
    """Goods that went missing or turned up: no customer, no price, a note for a description."""
    count = int(rng.poisson(STOCK_NOTE_RATE * size))
    pieces = np.ceil(rng.lognormal(np.log(15), 1.3, size=count))
    sign = np.where(rng.random(count) < STOCK_LOST, -1, 1)
    item = FIRST_NOTE + rng.integers(0, NOTE_COUNT, size=count)
    return Sales(
        _make_unnamed_invoices(rng, count, SALE_KIND),
        Lines.of(np.arange(count), item, sign * pieces, np.zeros(count)),
    )


def _choose_cancelled_lines(rng: np.random.Generator, sales: Sales, known: Ints, slips: Ints) -> Ints:
    """Rows of the lines that are taken back: slips, and part of some invoices."""
    regretted = rng.random(len(sales.invoices)) < CANCELLED_INVOICES
    candidates = known[regretted[sales.lines.invoice[known]]]
    return np.union1d(slips, candidates[rng.random(len(candidates)) < CANCELLED_LINES])


def _make_cancellations(rng: np.random.Generator, sales: Sales, rows: Ints, slips: Ints) -> Sales:
    """One `C` invoice for each invoice of which lines are taken back, if the history lasts so long."""
    lines = sales.lines.take(rows)
    of_slip = np.isin(rows, slips)
    partly = (rng.random(len(rows)) < CANCELLED_IN_PART) & (lines.quantity > 1) & ~of_slip
    back = np.where(partly, rng.integers(1, np.maximum(lines.quantity, 2)), lines.quantity)
    source, invoice = np.unique(lines.invoice, return_inverse=True)
    bought = sales.invoices.take(source)
    minute = _draw_cancel_minutes(rng, bought, at_once=np.isin(source, lines.invoice[of_slip]))
    in_time = minute < DAYS * MINUTES_A_DAY
    number = np.cumsum(in_time) - 1
    kept = in_time[invoice]
    cancelled = Lines.of(number[invoice], lines.item, -back, lines.pence).take(kept)
    return Sales(
        Invoices.of(bought.customer, minute, bought.country, CANCELLATION_KIND).take(in_time), cancelled
    )


def _draw_cancel_minutes(rng: np.random.Generator, bought: Invoices, at_once: Flags) -> Ints:
    """Within the hour, or on an open day soon after; a minute past the history when that is over."""
    days = np.where(at_once, 0, rng.exponential(DAYS_TO_CANCEL, size=len(bought)).astype(np.int64))
    day = bought.minute // MINUTES_A_DAY + days
    later = draw_minutes(rng, move_to_open_day(np.minimum(day, DAYS - 1)))
    same_day = bought.minute + rng.integers(5, 60, size=len(bought))
    return np.where(days == 0, same_day, np.where(day < DAYS, later, DAYS * MINUTES_A_DAY))
