"""What the shop sells, and everything else that its records call a product.

The shop is the same in every world: the seed of a world draws customers, not the assortment.
An *item* is a stock code with a description. Products come first, then charges (postage, fees), then
stock notes: real stock codes under which somebody typed `damages` where the description belongs.
"""

from dataclasses import dataclass
from functools import cache
from itertools import product as every
from typing import NamedTuple

import numpy as np
import pyarrow as pa

from segmentlab.transactions.shop.sales import Floats, Ints
from segmentlab.transactions.shop.segments import PLANTED_SEGMENTS

PRODUCTS = 4000
NOTE_COUNT = 400
SLOTS = 1 << 16  # resolution of the inverse distribution from which products are drawn

COLOURS = (
    "RED", "BLUE", "PINK", "IVORY", "GREEN", "BLACK", "WHITE", "CREAM", "SILVER", "ANTIQUE", "VINTAGE",
)  # fmt: skip
MOTIFS = (
    "RETROSPOT", "HEART", "POLKADOT", "PAISLEY", "ROSE", "BIRD", "BUTTERFLY", "STAR", "STRAWBERRY",
    "UNION JACK", "WOODLAND", "SPACEBOY", "DOLLY GIRL", "REGENCY", "SKULL", "GINGHAM", "DAISY",
    "OWL", "LEAF", "FRENCH",
)  # fmt: skip
FAMILIES = {
    "kitchen": ("MUG", "TEAPOT", "CAKE STAND", "LUNCH BOX", "CAKE CASES", "TEA TOWEL", "JUG", "BAKING TIN"),
    "storage": ("STORAGE JAR", "DRAWER KNOB", "COAT RACK", "STORAGE TIN", "CABINET", "BASKET", "TRINKET BOX"),
    "bags": ("JUMBO BAG", "LUNCH BAG", "SHOPPER", "PURSE", "WASH BAG", "CHARLOTTE BAG", "RUCKSACK"),
    "garden": ("WATERING CAN", "BIRD FEEDER", "PLANT POT", "GARDEN SIGN", "PARASOL", "WIND CHIME", "TROWEL"),
    "lighting": ("T-LIGHT HOLDER", "LANTERN", "CANDLE", "NIGHT LIGHT", "FAIRY LIGHTS", "CANDLESTICK"),
    "party": ("PARTY BUNTING", "PAPER CUPS", "PAPER PLATES", "NAPKINS", "BALLOONS", "PAPER STRAWS"),
    "stationery": ("NOTEBOOK", "GIFT WRAP", "GREETING CARD", "PENCIL CASE", "STICKERS", "GIFT TAGS"),
    "toys": ("SKITTLES", "JIGSAW", "DOLL", "PUPPET", "PLAYING CARDS", "SKIPPING ROPE", "MONEY BOX"),
    "christmas": ("CHRISTMAS BAUBLE", "ADVENT CALENDAR", "STOCKING", "WREATH", "TREE TOPPER", "CRACKERS"),
}
PRICES = np.array([
    0.19, 0.29, 0.42, 0.55, 0.65, 0.72, 0.85, 1.06, 1.25, 1.45, 1.65, 1.95, 2.10, 2.55, 2.95, 3.25, 3.75,
    4.25, 4.95, 5.95, 6.75, 7.95, 8.50, 9.95, 12.75, 14.95, 16.95, 19.95, 24.95, 29.95,
])  # fmt: skip
STOCK_NOTE_TEXTS = (
    "check", "damages", "damaged", "?", "missing", "sold as set on dotcom", "smashed", "wrong code",
    "lost in space", "thrown away", "wet damaged", None,
)  # fmt: skip


class Charge(NamedTuple):
    """A line that sells no product."""

    code: str
    description: str
    rate: float  # per line of a sale, unless its group says otherwise
    price: float  # median
    quantity: float = 1.0


# Written on the invoice of a customer.
EXTRAS = (
    Charge("M", "Manual", 0.0013, 4.25),
    Charge("D", "Discount", 0.00016, 15.00, quantity=-1.0),
    Charge("C2", "CARRIAGE", 0.0003, 50.00),
    Charge("CRUK", "CRUK Commission", 0.00003, 50.00, quantity=-1.0),
)
# Written on an invoice of their own, without a customer.
FEES = (
    Charge("S", "SAMPLES", 0.0001, 30.00, quantity=-1.0),
    Charge("BANK CHARGES", "Bank Charges", 0.0001, 15.00),
    Charge("AMAZONFEE", "AMAZON FEE", 0.00006, 5000.00, quantity=-1.0),
    Charge("ADJUST", "Adjustment by accounts department", 0.00006, 100.00, quantity=-1.0),
)
# Per invoice from abroad, and per invoice of a visitor.
POSTAGE = Charge("POST", "POSTAGE", 0.4, 18.00)
DOTCOM = Charge("DOT", "DOTCOM POSTAGE", 0.05, 120.00)
# On an `A` invoice of its own.
BAD_DEBT = Charge("B", "Adjust bad debt", 0.00003, -11000.00)
ALL_CHARGES = (*EXTRAS, *FEES, POSTAGE, DOTCOM, BAD_DEBT)


@dataclass(frozen=True)
class Assortment:
    """Codes and descriptions as dictionaries, and per item its place in them; -1 is no description."""

    codes: pa.StringArray
    descriptions: pa.StringArray
    item_code: Ints
    item_description: Ints
    price: Floats  # of the products
    family: Ints  # of the products
    tastes: Ints  # row: a taste; column: a slot; value: the product drawn there
    weights: Floats  # row: a taste; column: a product; value: its share of the lines

    def item(self, charge: Charge) -> int:
        """The item of a charge."""
        return PRODUCTS + ALL_CHARGES.index(charge)


FIRST_NOTE = PRODUCTS + len(ALL_CHARGES)


@cache
def make_assortment() -> Assortment:
    """The assortment, the same in every process."""
    rng = np.random.default_rng(352)  # any constant: the assortment is no parameter
    family = rng.integers(0, len(FAMILIES), size=PRODUCTS)
    named = _draw_descriptions(rng, family)
    codes, descriptions = _draw_codes(rng), named + [charge.description for charge in ALL_CHARGES]
    notes = [note for note in STOCK_NOTE_TEXTS if note is not None]
    note = rng.integers(0, len(STOCK_NOTE_TEXTS), size=NOTE_COUNT)
    note_text = np.where(note == len(notes), -1, FIRST_NOTE + note)
    item_code = np.r_[np.arange(FIRST_NOTE), rng.integers(0, PRODUCTS, size=NOTE_COUNT)]
    price = PRICES[np.abs(PRICES - rng.lognormal(np.log(2.2), 0.85, size=(PRODUCTS, 1))).argmin(axis=1)]
    weights = _draw_tastes(rng, family)
    return Assortment(
        codes=pa.array(codes + [charge.code for charge in ALL_CHARGES]),
        descriptions=pa.array(descriptions + notes),
        item_code=item_code.astype(np.int32),
        item_description=np.r_[np.arange(FIRST_NOTE), note_text].astype(np.int32),
        price=price,
        family=family,
        tastes=_invert(weights),
        weights=weights,
    )


def _draw_codes(rng: np.random.Generator) -> list[str]:
    """Five digits, and for every fourth product the letter of its variant."""
    numbers = rng.choice(np.arange(10002, 90215), size=PRODUCTS, replace=False)
    letters = np.array(["A", "B", "C", *[""] * 9])[rng.integers(0, 12, size=PRODUCTS)]
    return [f"{number}{letter}" for number, letter in zip(numbers, letters, strict=True)]


def _draw_descriptions(rng: np.random.Generator, family: Ints) -> list[str]:
    """Readable names, no two alike; every fifth ends in a blank, as in the records of a real shop."""
    names = {
        index: iter(rng.permutation([" ".join(words) for words in every(COLOURS, MOTIFS, nouns)]))
        for index, nouns in enumerate(FAMILIES.values())
    }
    blanks = np.where(rng.random(PRODUCTS) < 0.2, " ", "")
    return [f"{next(names[index])}{blank}" for index, blank in zip(family, blanks, strict=True)]


def _draw_tastes(rng: np.random.Generator, family: Ints) -> Floats:
    """Per segment, and pooled at the end, the share of each product."""
    popularity = 1 / (rng.permutation(PRODUCTS) + 20.0)  # Zipf-Mandelbrot: a head that is not too steep
    liking = np.array([[segment.taste.get(name, 1.0) for name in FAMILIES] for segment in PLANTED_SEGMENTS])
    weights = liking[:, family] * popularity
    weights /= weights.sum(axis=1, keepdims=True)
    pooled = np.average(weights, axis=0, weights=[segment.lines for segment in PLANTED_SEGMENTS])
    return np.vstack([weights, pooled])


def _invert(weights: Floats) -> Ints:
    """The inverse distribution functions over the products."""
    slots = (np.arange(SLOTS) + 0.5) / SLOTS
    return np.array([np.searchsorted(row / row[-1], slots) for row in weights.cumsum(axis=1)], dtype=np.int32)
