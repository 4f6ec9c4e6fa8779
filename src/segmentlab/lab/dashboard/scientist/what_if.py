"""What if a customer came later, ordered more, spent less: which segment, how sure, and how near the next."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd
import streamlit as st

from segmentlab.errors import DataError
from segmentlab.flow import Crossing, WhatIf
from segmentlab.lab.dashboard.choice import choose_run
from segmentlab.lab.dashboard.scientist.stored_model import read_run_model
from segmentlab.lab.dashboard.scientist.tables import shorten_list
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.store import read_customers
from segmentlab.lab.dashboard.trouble import escape_markdown
from segmentlab.report import SHOWN_ID, format_percent

if TYPE_CHECKING:
    from segmentlab.features import Column

FIRST_INPUTS: Final = 6  # features that are seen without opening anything
UNSURE: Final = 20  # customers near a border, who are proposed


def show(settings: DashboardSettings) -> None:
    """One customer, as known and with other values."""
    run = choose_run(settings)
    st.title("What if")
    scorer, recipe = read_run_model(settings, run.run_id)
    customers = read_customers(settings, run.run_id).set_index("customer_id")
    missing = [name for name in scorer.features if name not in customers]
    if missing:
        raise DataError(f"The run keeps no {shorten_list(missing)} of its customers, so none can be changed.")
    asked = WhatIf(scorer, customers[list(scorer.features)])
    customer_id = _choose_customer(customers)
    customer = asked.known.loc[[customer_id]].iloc[0]
    columns = {column.name: column for column in recipe.features.columns}
    changes = _ask_changes(asked, customer, columns, customer_id)
    changed = asked.change(customer, changes)
    _show_places(asked, customer, changed)
    _tell_consistency(asked, changes, changed, columns)
    _show_crossings(asked, changed, columns)
    _show_code(run.run_id, customer_id, changes)


def _choose_customer(customers: pd.DataFrame) -> str:
    unsure = customers.nsmallest(UNSURE, "confidence").index.tolist()
    left, right = st.columns(2)
    proposed = left.selectbox("Near a border", unsure, help="The customers whose segment is least certain.")
    typed = right.text_input("Or any customer, by id").strip()
    if typed and typed not in customers.index:
        raise DataError(f"There is no customer '{typed}' in this run.")
    return str(typed or proposed)


def _ask_changes(
    asked: WhatIf, customer: pd.Series, columns: "Mapping[str, Column]", customer_id: str
) -> dict[str, float]:
    """An input for each feature that follows from no other; those that were changed."""
    st.header("With these values")
    found: dict[str, float] = {}
    groups = [asked.free[:FIRST_INPUTS], asked.free[FIRST_INPUTS:]]
    places = [st.container(), st.expander("Further features")] if groups[1] else [st.container()]
    for place, names in zip(places, groups, strict=False):
        for slot, name in zip(_list_slots(place, len(names)), names, strict=True):
            value = _ask_value(slot, asked, customer, columns[name], customer_id)
            if value != float(customer[name]):
                found[name] = value
    return found


def _list_slots(place: "st.delta_generator.DeltaGenerator", count: int) -> list:  # type: ignore[type-arg]
    slots = place.columns(3)
    return [slots[number % 3] for number in range(count)]


def _ask_value(slot, asked: WhatIf, customer: pd.Series, column: "Column", customer_id: str) -> float:  # type: ignore[no-untyped-def]  # noqa: ANN001
    own = float(customer[column.name])
    whole = column.name in asked.whole
    known = asked.known[column.name]
    told = f"{column.description}, {column.unit}; customers have {known.min():,.6g} to {known.max():,.6g}."
    given = slot.number_input(
        column.description.capitalize(),
        value=int(own) if whole else own,
        step=1 if whole else max(float(known.std()) / 20, 0.01),
        format="%d" if whole else "%.2f",
        key=f"{customer_id} {column.name}",
        help=escape_markdown(told),
    )
    # What was not touched is as it was, however few digits are shown.
    return own if abs(float(given) - own) < 0.005 and not whole else float(given)


def _show_places(asked: WhatIf, customer: pd.Series, changed: pd.Series) -> None:
    before, after = asked.place(customer), asked.place(changed)
    moved = before["segment"] != after["segment"]
    left, right = st.columns(2)
    for side, heading, place in ((left, "As known", before), (right, "With these values", after)):
        side.caption(heading)
        side.markdown(f"#### {escape_markdown(place['name'])}")  # whole: a name is longer than a number
        side.caption(f"Confidence {format_percent(place['confidence'])}")
    if moved:
        st.success(
            f"That is another segment: {escape_markdown(after['name'])}.", icon=":material/swap_horiz:"
        )


def _tell_consistency(
    asked: WhatIf, changes: Mapping[str, float], changed: pd.Series, columns: "Mapping[str, Column]"
) -> None:
    """What followed from the changes, and what should have and did not."""
    if not changes:
        return
    followed = [ratio for ratio in asked.ratios if set(changes) & {ratio.above, ratio.below}]
    for ratio in followed:
        told = f"{columns[ratio.name].description.capitalize()} follows: {changed[ratio.name]:,.2f}."
        st.caption(escape_markdown(told))
    followers = {ratio.name for ratio in asked.ratios}
    rest = [columns[name].description for name in asked.free if name not in changes and name not in followers]
    if rest:
        st.caption(
            escape_markdown(
                f"As they were: {shorten_list(rest, 6)}. A real customer with other purchases might differ "
                "in these too; they are not guessed."
            )
        )


def _show_crossings(asked: WhatIf, changed: pd.Series, columns: "Mapping[str, Column]") -> None:
    st.header("The nearest border")
    crossings = asked.find_crossings(changed)
    if not crossings:
        st.info("No value of a single feature that any customer has leads to another segment.")
        return
    first = crossings[0]
    st.write(
        escape_markdown(
            f"With {columns[first.feature].description} {_write(asked, first)} instead of "
            f"{_format(asked, first.feature, changed[first.feature])}, this customer would be in "
            f"“{first.name}”."
        )
    )
    rows = [
        {
            "Feature": columns[one.feature].description,
            "Now": _format(asked, one.feature, changed[one.feature]),
            "Border": _write(asked, one),
            "Then": one.name,
            "Distance": round(one.distance, 3),
        }
        for one in crossings
    ]
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
    st.caption("One feature at a time; the distance is in the space in which the segments were found.")


def _write(asked: WhatIf, crossing: Crossing) -> str:
    return _format(asked, crossing.feature, crossing.value)


def _format(asked: WhatIf, name: str, value: float) -> str:
    return f"{value:,.0f}" if name in asked.whole else f"{value:,.2f}"


def _show_code(run_id: str, customer_id: str, changes: Mapping[str, float]) -> None:
    st.caption("The same in Python, where `customers` has a row of features for each:")
    lines: Sequence[str] = (
        "import segmentlab as sl",
        "from segmentlab.flow import WhatIf",
        f'model = sl.load("{run_id}")',
        "asked = WhatIf(model.scorer, customers[model.features])",
        f"changed = asked.change(customers.loc[{customer_id!r}, model.features], {dict(changes)})",
        "print(asked.place(changed), asked.find_crossings(changed))",
    )
    st.code("\n".join(lines), language="python", wrap_lines=True)
    st.caption(f"Run {run_id[:SHOWN_ID]}; its model is opened only if its digest is the one that was stored.")
