"""What sets need of the data, asked before anything is computed: it costs nothing."""

from collections.abc import Mapping
from typing import Final, NoReturn

import ibis.expr.types as ir
import pandas as pd

from segmentlab.errors import DataError
from segmentlab.features.contract import AnySet, CustomerSet
from segmentlab.transactions.schema import LINE_TOTAL, parts

REMEDIES: Final = {
    "transactions": "Choose another feature set, or map the column with data.columns.",
    "customers": "Name the column so in the file, or take it out with ~features.{name}.numbers.<column> or "
    "~features.{name}.categories.<column>.",
}


def check_parts(sets: Mapping[str, AnySet], tables: Mapping[str, ir.Table]) -> None:
    """Refuse sets that need a table or a column that the data lacks."""
    for name, chosen in sets.items():
        made_of = "customers" if isinstance(chosen, CustomerSet) else "transactions"
        if made_of not in tables:
            _refuse_table(name, made_of)
        missing = sorted(chosen.requires - parts(tables[made_of]))
        if missing:
            told = ", ".join(missing).replace(LINE_TOTAL.name, "line_total (or quantity and unit_price)")
            which = "this data" if made_of == "transactions" else "the customers table"
            remedy = REMEDIES[made_of].format(name=name)
            raise DataError(f"features={name} needs the column {told}, which {which} does not have. {remedy}")


def check_known(people: pd.Index, customers: ir.Table) -> None:
    """Refuse customers of whom the customers table says nothing, before their values are missed."""
    known = customers.select("customer_id").to_pandas()["customer_id"]
    strangers = people.difference(pd.Index(known))
    if len(strangers):
        raise DataError(
            f"{len(strangers):,} of {len(people):,} customers have no row in the customers table, first "
            f"'{strangers[0]}'. Add them, or choose feature sets that need transactions only."
        )


def _refuse_table(name: str, made_of: str) -> NoReturn:
    if made_of == "transactions":
        raise DataError(
            f"features={name} needs transactions, and this data has customers only: choose "
            "features=demographics, or data that has transactions."
        )
    raise DataError(
        f"features={name} needs a customers table, and this data has transactions only: name its file with "
        "data.customers=, or choose data=mall."
    )
