"""The pieces of a world: consecutive customers, drawn independently of all others."""

from functools import partial
from typing import Final, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from segmentlab.transactions.shop.baskets import draw_sales
from segmentlab.transactions.shop.calendar import DAYS, START
from segmentlab.transactions.shop.campaign import Campaign, describe_effects, draw_extra_visits
from segmentlab.transactions.shop.catalogue import make_assortment
from segmentlab.transactions.shop.choices import Choices, Visits
from segmentlab.transactions.shop.dirt import add_dirt
from segmentlab.transactions.shop.lives import Shares, draw_lives, draw_orders
from segmentlab.transactions.shop.people import COUNTRIES, Shoppers, Structure, draw_shoppers
from segmentlab.transactions.shop.purchases import draw_orders_of, draw_purchases
from segmentlab.transactions.shop.sales import INVOICE_PREFIXES, NO_CUSTOMER, Flags, Ints, Invoices, Sales
from segmentlab.transactions.shop.tastes import TasteKind, draw_tastes
from segmentlab.transactions.shop.truth import describe_lives, describe_shoppers, expect_spend, list_planted

PIECE: Final = 10_000  # customers; about half a million lines
INVOICES_A_PIECE: Final = 150_000  # numbers set aside, twice what a piece needs
FIRST_CUSTOMER: Final = 12_346
FIRST_INVOICE: Final = 489_434
OF_TASTES, OF_CAMPAIGN = 0, 1  # streams of random numbers beside that of a piece

NOBODY_KNOWN: Final = Shares()


class WorldPlan(NamedTuple):
    """All that a world hangs on."""

    customers: int
    seed: int = 0
    structure: Structure = "planted"
    shares: Shares = NOBODY_KNOWN
    tastes: TasteKind = "segment"
    campaign: Campaign | None = None

    def make_rng(self, *key: int) -> np.random.Generator:
        """The random numbers of a piece, or a stream beside them that takes none of these."""
        return np.random.default_rng(np.random.SeedSequence(self.seed, spawn_key=key))


class WorldPiece(NamedTuple):
    """The transactions of consecutive customers, and what is known of them beforehand, if anything is."""

    transactions: pa.Table
    truth: pa.Table | None
    effects: pa.Table | None  # of a campaign


class _Drawn(NamedTuple):
    """The customers of a piece: what they are called, those who have traits, and the sales of all."""

    names: pa.StringArray
    people: Shoppers
    sales: Sales
    truth: pa.Table | None
    choices: tuple[Choices, ...]  # one, where they have a taste of their own


def count_pieces(customers: int) -> int:
    """How many pieces so many customers make."""
    return -(-customers // PIECE)


def draw_piece(number: int, plan: WorldPlan) -> WorldPiece:
    """One piece of the world. It has random numbers and invoice numbers of its own: pieces need no order."""
    rng = plan.make_rng(number)
    drawn = _draw_customers(rng, number, plan)
    records, effects = add_dirt(rng, drawn.sales).in_order_of_time(), None
    place = np.arange(len(records.invoices))
    if plan.campaign is not None:
        extra, effects = _draw_campaign(plan.make_rng(number, OF_CAMPAIGN), drawn, plan.campaign)
        # What comes on top has numbers behind all others, so that these keep theirs.
        both = Sales.join([records, extra])
        place, records = np.argsort(both.invoices.minute, kind="stable"), both.in_order_of_time()
    first = FIRST_INVOICE + number * INVOICES_A_PIECE
    return WorldPiece(_make_transactions(records, drawn.names, first + place), drawn.truth, effects)


def draw_choices(number: int, plan: WorldPlan, day: int) -> tuple[Choices, pa.StringArray]:
    """What customers with a taste of their own have chosen until a day, and on it; and what they are called.

    It is drawn again as it was in the piece of this number, and kept nowhere.
    """
    drawn = _draw_customers(plan.make_rng(number), number, plan, day)
    return drawn.choices[0], drawn.names


def _draw_customers(rng: np.random.Generator, number: int, plan: WorldPlan, day: int = DAYS) -> _Drawn:
    """Draw customers and their sales; choices are made until this day."""
    start = number * PIECE
    count = min(PIECE, plan.customers - start)
    names = _write_numbers(FIRST_CUSTOMER + start + np.arange(count))
    own, choices = plan.make_rng(number, OF_TASTES), list[Choices]()

    def choose(people: Shoppers, visits: Visits) -> Ints:
        choices.append(Choices(own, draw_tastes(own, people), visits))
        return choices[0].fill_until(day)

    def draw(people: Shoppers) -> Sales:
        return draw_purchases(rng, people, partial(choose, people) if plan.tastes == "personal" else None)

    if plan.shares == NOBODY_KNOWN:
        people = draw_shoppers(rng, count, plan.structure)
        sales, truth = draw(people), list_planted(people, names)
        return _Drawn(names, people, sales, truth, tuple(choices))
    names = names.take(pa.array(rng.permutation(count)))  # a number says nothing of its customer
    *known, others = rng.multinomial(count, [*plan.shares, max(1 - sum(plan.shares), 0.0)])
    people, lives = draw_shoppers(rng, others, plan.structure), draw_lives(rng, np.array(known))
    orders, left = draw_orders(rng, lives)
    sales, spend = draw_sales(rng, lives, orders, first_customer=others)
    described = [
        describe_shoppers(people, names[:others]),
        describe_lives(lives, orders, left, spend, names[others:]),
    ]
    joined = Sales.join([draw(people), sales])
    return _Drawn(names, people, joined, pa.concat_tables(described), tuple(choices))


def _draw_campaign(rng: np.random.Generator, drawn: _Drawn, campaign: Campaign) -> tuple[Sales, pa.Table]:
    """What a campaign adds; customers whose life is known are not moved by it."""
    people, names = drawn.people, drawn.names[: len(drawn.people)]
    number = names.cast(pa.int64()).to_numpy() - FIRST_CUSTOMER
    contacted, control = (np.isin(number, group) for group in (campaign.contacted, campaign.control))
    customer, day = draw_extra_visits(rng, people, contacted, campaign)

    def choose(visits: Visits) -> Ints:
        return Choices(rng, drawn.choices[0].tastes, visits).product  # nothing that hangs on other visits

    extra = draw_orders_of(rng, people, customer, day, choose if drawn.choices else None)
    return extra, describe_effects(people, names, contacted, control, expect_spend(people), extra)


def _make_transactions(records: Sales, names: pa.StringArray, invoice: Ints) -> pa.Table:
    """The canonical table; texts are dictionaries, so that a line costs numbers only."""
    shop, lines = make_assortment(), records.lines
    customer = records.invoices.customer[lines.invoice]
    description = shop.item_description[lines.item]
    seconds = START.astype("datetime64[s]") + records.invoices.minute.astype("timedelta64[m]")
    return pa.table(
        {
            "customer_id": _make_text_column(customer, names, missing=customer == NO_CUSTOMER),
            "invoice_id": _make_text_column(lines.invoice, _make_invoice_ids(records.invoices, invoice)),
            "product_id": _make_text_column(shop.item_code[lines.item], shop.codes),
            "description": _make_text_column(description, shop.descriptions, missing=description < 0),
            "quantity": lines.quantity.astype(np.float64),
            "unit_price": lines.pence / 100,
            "timestamp": seconds.astype("datetime64[us]")[lines.invoice],
            "country": _make_text_column(records.invoices.country[lines.invoice], pa.array(COUNTRIES)),
        }
    )


def _make_text_column(
    index: Ints, values: pa.StringArray, missing: Flags | None = None
) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(index, mask=missing), values)


def _write_numbers(numbers: Ints) -> pa.StringArray:
    return pa.array(numbers).cast(pa.string())


def _make_invoice_ids(invoices: Invoices, number: Ints) -> pa.StringArray:
    prefixes = pa.array(INVOICE_PREFIXES).take(pa.array(invoices.kind))
    return pc.binary_join_element_wise(prefixes, _write_numbers(number), "")
