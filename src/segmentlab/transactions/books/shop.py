"""Which shop data is of, in a few facts: a model that was learnt on another one says nothing about it.

Scoring and promotion refuse what differs until somebody says that it may (`accept=`); monitoring tells it.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final, NamedTuple

import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.books.deliveries import (
    DELIVERY_DIFFERENCES,
    DeliveryHabits,
    compare_days,
    count_days,
    learn_habits,
)
from segmentlab.transactions.books.sums import find_column, find_usual_value
from segmentlab.transactions.schema import FIELDS, LINE_TOTAL, compute_line_value

# What may differ, by the word that `accept=` takes.
DIFFERENCES: Final = {
    "schema": "columns that the model's own data had",
    "currency": "the money",
    "scale": "what a line usually costs",
    "id_shape": "how customer ids are written",
    "known": "the share of customers whom the model has learnt from",
    **DELIVERY_DIFFERENCES,
}
OF_LINES: Final = ("schema", "currency", "scale")  # those that the facts tell
SHAPED: Final = 10_000  # ids; their shapes are few
SHAPED_LINES: Final = 1000
MOST_TIMES: Final = 5.0  # dearer or cheaper, and it is other goods or other money
LEAST_ALIKE: Final = 0.5  # of the customers have ids of a shape that the model knows
LEAST_KNOWN: Final = 0.01  # of the customers are the model's own
SCORING_ADVICE: Final = "Name the right data or model; accept=[{words}] scores it all the same."

ADDRESS: Final = re.compile(r"\S+@\S+")
DRAWN: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)  # a UUID
PIECE: Final = re.compile(r"[^\W_]+")
LONGEST_SHAPE: Final = 2  # `A9`: letters before a number
LETTERS, DIGITS = re.compile(r"[^\W\d_]+"), re.compile(r"\d+")


class Delivered(NamedTuple):
    """The lines of each day, as `count_days` gives them, until a day that is none of them."""

    days: pd.DataFrame
    until: date

    @classmethod
    def of(cls, lines: ir.Table, until: date | None) -> "Delivered":
        """Until the day after the last line, where nobody says which day it is."""
        days = count_days(lines)
        last = days.index[-1].date() if len(days) else date.min
        return cls(days, until or last + timedelta(days=1))


@dataclass(frozen=True, eq=False)
class Shop:
    """What is known of the shop that data is of; nothing where it was not kept."""

    facts: pd.DataFrame | None = None  # as `describe_shop` lists them
    customers: pd.Index | None = None
    delivered: "Delivered | None" = None

    @property
    def by_name(self) -> dict[str, str]:
        """The facts by their names, as text."""
        if self.facts is None:
            return {}
        values = self.facts["value"].fillna("").astype(str)  # a file of text has no empty cell
        return dict(zip(self.facts["what"], values, strict=True))

    @property
    def id_shapes(self) -> pd.Index:
        """The shape of every customer's id, of some where there are many, or of those that were kept."""
        if self.customers is not None:
            return find_id_shapes(self.customers[:: len(self.customers) // SHAPED + 1])
        return pd.Index([shape for shape in self.by_name.get("id shapes", "").split("\n") if shape])


@dataclass(frozen=True)
class ShopComparison:
    """What differs, by the words of `DIFFERENCES`, and of which of them nothing is known."""

    differences: Mapping[str, str]
    unknown: tuple[str, ...]
    learner: str

    @property
    def note(self) -> str | None:
        """What could not be compared, where that is so."""
        if not self.unknown:
            return None
        words = ", ".join(self.unknown)
        return f"Not compared with the data of {self.learner}, for it was not kept: {words}."

    def list_accepted(self, accept: Collection[str]) -> list[str]:
        """What differs and may."""
        return [word for word in self.differences if word in accept]

    def refuse(self, data: str, accept: Collection[str], advice: str = SCORING_ADVICE) -> None:
        """Stop at what differs and may not, with what to type."""
        found = {word: told for word, told in self.differences.items() if word not in accept}
        if found:
            told = "\n".join(f"- {word}: {words}" for word, words in found.items())
            raise DataError(
                f"{data} is not like the data that {self.learner} has learnt from:\n{told}\n"
                f"{advice.format(words=','.join(found))}"
            )


def check_accept(accept: Collection[str]) -> None:
    """Refuse a word that stands for no difference: it would accept nothing, without a word."""
    if isinstance(accept, str):
        raise ConfigError(f"accept is {accept!r}; expected a list: accept=[{accept}].")
    strange = sorted(set(accept) - set(DIFFERENCES))
    if strange:
        raise ConfigError(f"accept names {', '.join(map(repr, strange))}. Known: {', '.join(DIFFERENCES)}.")


def describe_shop(lines: ir.Table, usual: float) -> pd.DataFrame:
    """One row per fact: its columns, its money, what a line usually costs, and the shapes of ids."""
    ours = [field.name for field in (*FIELDS, LINE_TOTAL) if field.name in lines.columns]
    column = find_column(lines, "currency", "currencycode")
    currency = None if column is None else lines[column].cast("string").max().to_pyarrow().as_py()
    some = lines.filter(lines["customer_id"].notnull()).select("customer_id").limit(SHAPED_LINES).to_pandas()
    known = find_id_shapes(pd.Index(some["customer_id"])).value_counts()
    facts = {
        "columns": " ".join(ours),
        "currency": (currency or "").strip().upper(),  # some exports write eur
        "usual line": f"{usual:.6g}",
        "id shapes": "\n".join(sorted(known.index, key=lambda shape: (-known[shape], shape))),
        **learn_habits(count_days(lines)).write(),
    }
    return pd.DataFrame({"what": list(facts), "value": list(facts.values())})


def find_shop(lines: ir.Table, until: date | None = None) -> Shop:
    """Which shop these lines are of, where nobody keeps their books."""
    return replace(
        find_shop_facts(lines), customers=list_customers(lines), delivered=Delivered.of(lines, until)
    )


def find_shop_facts(lines: ir.Table) -> Shop:
    """The same without its customers, who may be very many."""
    value = compute_line_value(lines)
    usual = lines.aggregate(usual=find_usual_value(value)).to_pyarrow()["usual"][0].as_py()
    return Shop(describe_shop(lines, usual or 0.0))


def list_customers(lines: ir.Table) -> pd.Index:
    """The ids of all customers of these lines."""
    ids: pd.Index = pd.Index(lines.select("customer_id").distinct().to_pandas()["customer_id"])
    return ids.dropna()


def find_id_shapes(ids: pd.Index) -> pd.Index:
    """How each id is written, with `A` for letters and `9` for digits, however many there are: `A-9`.

    A piece in which they take turns, as in `3f2b8c`, was drawn by lot: `x`. No two would be alike otherwise.
    """
    return pd.Index([_find_shape(str(one)) for one in ids], dtype="object")


def _find_shape(one: str) -> str:
    if ADDRESS.fullmatch(one):
        return "A@A"
    return "x-x-x-x-x" if DRAWN.fullmatch(one) else PIECE.sub(_find_piece_shape, one)


def _find_piece_shape(piece: re.Match[str]) -> str:
    shape = DIGITS.sub("9", LETTERS.sub("A", piece[0]))
    return shape if len(shape) <= LONGEST_SHAPE else "x"


def compare_shops(
    then: Shop, now: Shop, learner: str = "the model", known: float | None = None
) -> ShopComparison:
    """Hold data of now against what a model, the `learner`, has learnt from.

    `known` is the share of the customers of now whom it has learnt from, where that was counted already.
    """
    if known is None and then.customers is not None and now.customers is not None and len(now.customers):
        known = float(now.customers.isin(then.customers).mean())
    shapes = then.id_shapes, now.id_shapes
    differs = [
        *_compare_facts(then.by_name, now.by_name, learner),
        *_compare_ids(*shapes),
        *_compare_customers(known, learner),
        *_compare_deliveries(then.by_name, now.delivered),
    ]
    lacking = {
        **dict.fromkeys(OF_LINES, then.facts is None or now.facts is None),
        **dict.fromkeys(DELIVERY_DIFFERENCES, "silence" not in then.by_name and now.delivered is not None),
        "id_shape": min(map(len, shapes)) == 0,
        "known": known is None and (then.customers is None or now.customers is None),
    }
    return ShopComparison(dict(differs), tuple(word for word in lacking if lacking[word]), learner)


def _compare_facts(
    then: Mapping[str, str], now: Mapping[str, str], learner: str
) -> Iterator[tuple[str, str]]:
    if not then or not now:
        return
    lost = sorted(set(then["columns"].split()) - set(now["columns"].split()) - {"description"})
    if lost:
        yield "schema", f"{learner}'s data had {', '.join(lost)}, which this data does not have"
    if then["currency"] and now["currency"] and then["currency"] != now["currency"]:
        told = f"{learner} has learnt from {then['currency']}, and this data is in {now['currency']}"
        yield "currency", told
    before, after = float(then["usual line"]), float(now["usual line"])
    if min(before, after) > 0 and max(before / after, after / before) > MOST_TIMES:
        yield "scale", f"a line usually cost {before:,.2f} there, and costs {after:,.2f} here"


def _compare_deliveries(then: Mapping[str, str], delivered: Delivered | None) -> Iterator[tuple[str, str]]:
    if delivered is not None:
        yield from compare_days(DeliveryHabits.read(then), *delivered)


def _compare_ids(then: pd.Index, now: pd.Index) -> Iterator[tuple[str, str]]:
    """Shapes by the share of customers who have them, for every shop has a few strange ones."""
    if len(then) and len(now) and now.isin(then).mean() < LEAST_ALIKE:
        here, there = (shapes.value_counts().index[0] for shapes in (now[~now.isin(then)], then))
        yield "id_shape", f"ids look like {here!r} (9 for digits, A for letters), and like {there!r} there"


def _compare_customers(known: float | None, learner: str) -> Iterator[tuple[str, str]]:
    if known is not None and known < LEAST_KNOWN:
        yield "known", f"{learner} has learnt from {known:.1%} of these customers"
