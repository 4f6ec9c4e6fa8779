"""Which shop a log is of, in a few facts: a model that was learnt on another one says nothing about it."""

from collections.abc import Collection, Iterator
from typing import Final

import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import ConfigError, DataError
from segmentlab.transactions.books.sums import find_column
from segmentlab.transactions.schema import FIELDS, LINE_TOTAL

# What may differ, by the word that `accept=` of a scoring takes.
DIFFERENCES: Final = {
    "schema": "columns that the model's own data had",
    "currency": "the money",
    "scale": "what a line usually costs",
    "id_shape": "how customer ids are written",
    "known": "the share of customers whom the model has learnt from",
}
SHAPED: Final = 1000  # lines; the shapes of ids are few
MOST_TIMES: Final = 5.0  # dearer or cheaper, and it is other goods or other money
LEAST_ALIKE: Final = 0.5  # of the customers have ids of a shape that the model knows
LEAST_KNOWN: Final = 0.01  # of the customers are the model's own
LETTERS, DIGITS = r"\p{L}+", r"[0-9]+"


def describe_shop(lines: ir.Table, usual: float) -> pd.DataFrame:
    """One row per fact: its columns, its money, what a line usually costs, and the shapes of ids."""
    ours = [field.name for field in (*FIELDS, LINE_TOTAL) if field.name in lines.columns]
    column = find_column(lines, "currency", "currencycode")
    currency = None if column is None else lines[column].cast("string").max().to_pyarrow().as_py()
    some = lines.filter(lines["customer_id"].notnull()).limit(SHAPED)
    shape = some["customer_id"].re_replace(LETTERS, "A").re_replace(DIGITS, "9")
    known = some.select(shape=shape).distinct().to_pandas()["shape"]
    facts = {
        "columns": " ".join(ours),
        "currency": currency or "",
        "usual line": f"{usual:.6g}",
        "id shapes": "\n".join(sorted(known)),
    }
    return pd.DataFrame({"what": list(facts), "value": list(facts.values())})


def refuse_other_shop(
    then: pd.DataFrame, now: pd.DataFrame, known: float | None, accept: Collection[str], source: str
) -> None:
    """Stop where a model would place the customers of another shop than its own."""
    strange = sorted(set(accept) - set(DIFFERENCES))
    if strange:
        raise ConfigError(f"accept names {', '.join(map(repr, strange))}. Known: {', '.join(DIFFERENCES)}.")
    found = {word: told for word, told in _compare(_index(then), _index(now), known) if word not in accept}
    if found:
        told = "\n".join(f"- {word}: {words}" for word, words in found.items())
        raise DataError(
            f"{source} is not like the data that the model has learnt from:\n{told}\n"
            f"Name the right data or model; accept=[{','.join(found)}] scores it all the same."
        )


def _index(shop: pd.DataFrame) -> dict[str, str]:
    return dict(zip(shop["what"], shop["value"].fillna("").astype(str), strict=True))


def _compare(then: dict[str, str], now: dict[str, str], known: float | None) -> Iterator[tuple[str, str]]:
    lost = sorted(set(then["columns"].split()) - set(now["columns"].split()) - {"description"})
    if lost:
        yield "schema", f"the model's data had {', '.join(lost)}, which this data does not have"
    if then["currency"] and now["currency"] and then["currency"] != now["currency"]:
        yield (
            "currency",
            f"the model has learnt from {then['currency']}, and this data is in {now['currency']}",
        )
    before, after = float(then["usual line"]), float(now["usual line"])
    if min(before, after) > 0 and max(before / after, after / before) > MOST_TIMES:
        yield "scale", f"a line usually cost {before:,.2f} there, and costs {after:,.2f} here"
    shapes = then["id shapes"].split("\n")
    alike = [shape in shapes for shape in now["id shapes"].split("\n")]
    if sum(alike) < LEAST_ALIKE * len(alike):
        example = next(iter(set(now["id shapes"].split("\n")) - set(shapes)))
        yield (
            "id_shape",
            f"ids look like {example!r} (9 for digits, A for letters), and like {shapes[0]!r} there",
        )
    if known is not None and known < LEAST_KNOWN:
        yield "known", f"the model has learnt from {known:.1%} of these customers"
