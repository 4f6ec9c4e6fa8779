"""A column of moments: the one format of it, or one for each way of writing that it holds.

A column that one format reads is done in one pass. Otherwise its values are sorted by their shape, and each
shape is a column of its own: `31.12.2010` and `31.12.2010 8:26` may stand in one file. What can be read in
two orders is asked, never guessed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

import ibis
import ibis.expr.types as ir
from ibis.backends import BaseBackend

from segmentlab.errors import DataError
from segmentlab.transactions.sources.date_words import rewrite_dates
from segmentlab.transactions.sources.dates import (
    COUNTED,
    SETTINGS,
    DateFormat,
    find_shape,
    propose_formats,
    read_dates,
)
from segmentlab.transactions.sources.raw import create_lines
from segmentlab.transactions.sources.zones import (
    OFFSET_FORM,
    find_offset_seconds,
    is_one_clock,
    name_offset,
)

TRIED_COLUMN: Final = "_timestamp_as_{}"
HEAD_DATES: Final = 5_000  # values that propose formats; every value decides
MOST_SHAPES: Final = 12
LAST_MONTH: Final = 12
SERIAL, SERIAL_FORM = "serial", r"^[2-7]\d{4}(\.\d+)?$"  # days as spreadsheets count them
NEAR: Final = ibis.interval(days=400)  # of the other dates of the column
EXCHANGED_FROM: Final = 20  # dates, all of them after the twelfth of a month
UTC_NAME: Final = r"(?i)(?<![a-z])(utc|gmt)(?![a-z])"
MANY_YEARS: Final = 6  # times as many years as another reading has: a log covers few


@dataclass(frozen=True)
class MomentsColumn:
    """What is known of the column before it is read."""

    name: str
    source: str
    dates: str | None
    zone: str | None

    def propose(self, head: Sequence[str]) -> list[DateFormat]:
        """The formats that may be its; a name such as `Created (UTC)` says where its clock stands."""
        forms = propose_formats(head, self.dates)
        if re.search(UTC_NAME, self.name):
            return [form if form.offset else replace(form, offset="utc") for form in forms]
        return forms


@dataclass(frozen=True)
class ReadMoments:
    """The lines with their moments, how they were written, and what speaks against that."""

    table: ir.Table
    unread: int
    notes: tuple[str, ...]
    warning: str | None = None
    form: DateFormat | None = None  # where all are written in one


@dataclass(frozen=True)
class ShapeForm:
    """The format of the values that look alike."""

    shapes: tuple[str, ...]
    form: DateFormat


@dataclass(frozen=True)
class TriedShape:
    """Values that look alike, and that several orders of day and month can read."""

    date_part: str
    shapes: tuple[str, ...]
    forms: Sequence[DateFormat]
    unread: Sequence[int]
    tried: ir.Table

    def follow(self, clear: Mapping[str, str], column: MomentsColumn) -> DateFormat:
        """The order of those with the same date part that are clear, or a question."""
        order = clear.get(self.date_part)
        best = _keep_best(self.forms, self.unread, self.tried)
        known = [self.forms[position] for position in best if self.forms[position].order == order]
        return known[0] if known else self.forms[_choose_format(self.forms, self.unread, self.tried, column)]


def read_moments(
    lines: ir.Table, head: Sequence[str], column: MomentsColumn, engine: BaseBackend
) -> ReadMoments:
    """The lines with `timestamp` as moments; missing where a text is none."""
    read = read_in_one_format(lines, head, column, engine)
    if read is not None:
        return read
    known = rewrite_dates(lines, column.name, column.zone, column.source)
    if known is None:
        return _read_by_shape(lines, column, engine)
    lines = create_lines(known.lines, engine)
    head = lines.limit(HEAD_DATES)["timestamp"].to_pyarrow().drop_null().to_pylist()
    read = read_in_one_format(lines, head, column, engine) or _read_by_shape(lines, column, engine)
    return replace(read, notes=(*read.notes, *known.notes))


def read_in_one_format(
    lines: ir.Table, head: Sequence[str], column: MomentsColumn, engine: BaseBackend
) -> ReadMoments | None:
    """Every value in one format; nothing where none reads them all."""
    forms = column.propose(head)
    if not forms:
        return None
    tried, unread = _try_formats(forms, lines, column.zone, engine)
    if min(unread):
        return None
    best = _choose_format(forms, unread, tried, column)
    tries = [TRIED_COLUMN.format(position) for position in range(len(forms))]
    table = tried.mutate(timestamp=tried[tries[best]]).drop(*tries)
    return ReadMoments(table, 0, _describe([forms[best]], lines, column), form=forms[best])


def _try_formats(
    forms: Sequence[DateFormat], lines: ir.Table, zone: str | None, engine: BaseBackend
) -> tuple[ir.Table, list[int]]:
    """The dates in every format, in one pass, and how many each of them can't read."""
    tries = {
        TRIED_COLUMN.format(position): read_dates(lines["timestamp"], form, zone)
        for position, form in enumerate(forms)
    }
    tried = create_lines(lines.mutate(**tries).drop("timestamp"), engine)
    unread = tried.aggregate(**{name: tried[name].isnull().sum() for name in tries})
    counts = unread.to_pyarrow().to_pylist()[0]
    return tried, [counts[name] or 0 for name in tries]


def _choose_format(
    forms: Sequence[DateFormat], unread: Sequence[int], tried: ir.Table, column: MomentsColumn
) -> int:
    """The position of the format that reads the most values; a tie is for the user to break."""
    best = _keep_best(forms, unread, tried)
    orders = list(dict.fromkeys(forms[position].order for position in best))
    if len(orders) > 1:
        ways = " or ".join(f"data.dates={SETTINGS[order]}" for order in orders)
        raise DataError(
            f"{column.source}: the dates in column '{column.name}' can be read as "
            f"{' and as '.join(orders)} in every row. Say which: {ways}."
        )
    return best[0]


def _keep_best(forms: Sequence[DateFormat], unread: Sequence[int], tried: ir.Table) -> list[int]:
    """The formats that read the most, without those that spread days of few years over a lifetime.

    `24-06-12` is in June 2024, or the 24th of a June in 2012: where the first number is always 24 and the
    last one any day, the first is the year.
    """
    best = [position for position, count in enumerate(unread) if count == min(unread)]
    if len(best) == 1 or not any("%y" in forms[position].pattern for position in best):
        return best
    names = {position: TRIED_COLUMN.format(position) for position in best}
    counted = tried.aggregate(**{name: tried[name].year().nunique() for name in names.values()})
    years = counted.to_pyarrow().to_pylist()[0]
    fewest = min(years.values())
    return [position for position, name in names.items() if years[name] < MANY_YEARS * fewest]


def _read_by_shape(lines: ir.Table, column: MomentsColumn, engine: BaseBackend) -> ReadMoments:
    """Each shape of text in the format that reads the most of it."""
    texts = lines.filter(lines["timestamp"].strip() != "").select("timestamp").distinct()
    texts = create_lines(texts.mutate(shape=_find_raw_shape(texts["timestamp"])), engine)
    chosen, first = _choose_by_shape(texts, column, engine)
    if not chosen and first is not None:
        raise DataError(
            f"{column.source}: column '{column.name}' holds no date that is known"
            f"{f' as {column.dates}' if column.dates else ''}: '{first}'. Give its format, for instance "
            "data.dates='%d.%m.%Y %H:%M', or 'days since 2020-01-31', excel or epoch where days or seconds "
            "are counted."
        )
    moments = _read_shapes(lines["timestamp"], chosen, column.zone)
    table = create_lines(lines.mutate(timestamp=moments), engine)
    unread = int(table["timestamp"].isnull().sum().to_pyarrow().as_py() or 0)
    forms = [part.form for part in chosen]
    return ReadMoments(table, unread, _describe(forms, lines, column), _find_exchanged(texts, chosen))


def _find_raw_shape(text: ir.StringValue) -> ir.StringValue:
    look = text.strip().re_replace(r"\d", "0").re_replace("[A-Za-z]+", "x")
    return ibis.ifelse(text.strip().re_search(SERIAL_FORM), SERIAL, look)


def _read_shapes(text: ir.StringValue, chosen: Sequence[ShapeForm], zone: str | None) -> ir.TimestampValue:
    if not chosen:
        return ibis.null("timestamp")
    shape = _find_raw_shape(text)
    return ibis.cases(*((shape.isin(part.shapes), read_dates(text, part.form, zone)) for part in chosen))


def _choose_by_shape(
    texts: ir.Table, column: MomentsColumn, engine: BaseBackend
) -> tuple[list[ShapeForm], str | None]:
    """The format of each shape, the most frequent first; and one of the texts.

    A shape that may be day or month first follows another with the same date part that is clear.
    """
    counts = texts.group_by("shape").aggregate(values=texts.count(), first=texts["timestamp"].min())
    found = counts.order_by(ibis.desc("values"), "shape").limit(100).to_pyarrow().to_pylist()
    groups: dict[str, list[str]] = {}
    for row in found:
        groups.setdefault(find_shape(row["shape"]), []).append(row["shape"])
    clear: dict[str, str] = {}
    chosen: list[ShapeForm] = []
    unclear: list[TriedShape] = []
    for look, shapes in list(groups.items())[:MOST_SHAPES]:
        alike = texts.filter(texts["shape"].isin(shapes)).select("timestamp")
        forms = column.propose(alike.limit(HEAD_DATES)["timestamp"].to_pyarrow().to_pylist())
        forms = [form for form in forms if len(groups) == 1 or form not in COUNTED.values()]
        if not forms:
            continue
        tried, unread = _try_formats(forms, alike, column.zone, engine)
        best = _keep_best(forms, unread, tried)
        if len({forms[position].order for position in best}) > 1:
            unclear.append(TriedShape(_find_date_part(look), tuple(shapes), forms, unread, tried))
        else:
            clear[_find_date_part(look)] = forms[best[0]].order
            chosen.append(ShapeForm(tuple(shapes), forms[best[0]]))
    chosen += [ShapeForm(shape.shapes, shape.follow(clear, column)) for shape in unclear]
    if chosen and len(groups) > 1:
        _refuse_exchanged(texts, chosen, column)
        chosen += _choose_serials(texts, chosen)
    return chosen, found[0]["first"] if found else None


def _choose_serials(texts: ir.Table, chosen: Sequence[ShapeForm]) -> list[ShapeForm]:
    """Numbers beside dates are a spreadsheet's count of days where these come out near the others."""
    serials = texts.filter(texts["shape"] == SERIAL)
    counted = read_dates(serials["timestamp"], COUNTED["excel"])
    found = serials.aggregate(first=counted.min(), last=counted.max()).to_pyarrow().to_pylist()[0]
    if found["first"] is None:
        return []
    moment = _read_shapes(texts["timestamp"], chosen, None)
    near = texts.aggregate(first=moment.min() - NEAR, last=moment.max() + NEAR).to_pyarrow().to_pylist()[0]
    fits = near["first"] <= found["first"] and found["last"] <= near["last"]
    return [ShapeForm((SERIAL,), COUNTED["excel"])] if fits else []


def _refuse_exchanged(texts: ir.Table, chosen: Sequence[ShapeForm], column: MomentsColumn) -> None:
    """A spreadsheet of another country reads `05/03` as the third of May, and leaves `25/03` as a text."""
    for part in chosen:
        if "%d" not in part.form.pattern or "%m" not in part.form.pattern or part.form.order == "year first":
            continue
        alike = texts.filter(texts["shape"].isin(part.shapes))
        day = read_dates(alike["timestamp"], part.form).day()
        found = alike.aggregate(values=day.count(), least=day.min()).to_pyarrow().to_pylist()[0]
        if found["values"] >= EXCHANGED_FROM and found["least"] > LAST_MONTH:
            raise DataError(
                f"{column.source}: in column '{column.name}' all {found['values']:,} dates such as "
                f"{part.form.pattern} are after the twelfth of a month: a spreadsheet has read the others "
                "with day and month exchanged. Export them again with the year first, or as text."
            )


def _find_date_part(look: str) -> str:
    part = re.match(r"[0x]+\D[0x]+\D0+", look)
    return part[0] if part else look


def _find_exchanged(texts: ir.Table, chosen: Sequence[ShapeForm]) -> str | None:
    """Whether what can't be read could be with day and month exchanged: others may be misread then."""
    for part in chosen:
        alike = texts.filter(texts["shape"].isin(part.shapes))
        swapped = replace(part.form, pattern=part.form.pattern.translate(str.maketrans("dm", "md")))
        if part.form in COUNTED.values() or swapped == part.form or "%m" not in part.form.pattern:
            continue
        mark = (
            read_dates(alike["timestamp"], part.form).isnull()
            & read_dates(alike["timestamp"], swapped).notnull()
        )
        if alike.filter(mark).limit(1).count().to_pyarrow().as_py():
            return (
                f"These can be read with day and month exchanged, so the column is not {part.form.order} "
                "throughout, and rows that can be read either way may be wrong as well. Write every date in "
                "one way, year first for instance, or read the parts of the file one by one."
            )
    return None


def _describe(forms: Sequence[DateFormat], lines: ir.Table, column: MomentsColumn) -> tuple[str, ...]:
    told = [f"{form.order}: {form.pattern}{'%z' * (form.offset == 'written')}" for form in forms]
    if len(told) == 1:
        note = f"Dates in '{column.name}' are {told[0]}."
    else:
        note = f"Dates in '{column.name}' are written in {len(told)} ways, {'; '.join(told)}."
    months = [form for form in forms if "%m" in form.pattern and "%d" not in form.pattern]
    first = ("They name months only, so each is told as the first day of its month.",) if months else ()
    return (note, *first, *_describe_zone(forms, lines, column))


def _describe_zone(forms: Sequence[DateFormat], lines: ir.Table, column: MomentsColumn) -> tuple[str, ...]:
    """What became of offsets; several clocks in one column are no shop's own time."""
    kinds = {form.offset for form in forms}
    if column.zone is not None:
        if kinds == {""}:
            return (f"Dates in '{column.name}' bear no offset: they stay as they are, the shop's own time.",)
        return (f"Moments in '{column.name}' are told in {column.zone} (data.zone).",)
    if kinds <= {""}:
        return ()
    offsets = _list_offsets(lines) if "written" in kinds else [0]
    names = ", ".join(map(name_offset, offsets))
    if len(kinds) > 1 or not is_one_clock(offsets):
        raise DataError(
            f"{column.source}: moments in column '{column.name}' were written by several clocks "
            f"({names}{', and some without an offset' if '' in kinds else ''}). Say which is the shop's own: "
            "data.zone=Europe/Berlin, for instance."
        )
    if offsets == [0]:
        return (
            f"Moments in '{column.name}' are in UTC and stay so; data.zone=Europe/Berlin, for instance, "
            "takes them to the shop's own time.",
        )
    return (
        f"Moments in '{column.name}' bear offsets ({names}): they are told as clocks showed there, the "
        "shop's own time; data.zone= takes them to another.",
    )


def _list_offsets(lines: ir.Table) -> list[int]:
    text = lines["timestamp"].strip()
    written = lines.filter(text.re_search(OFFSET_FORM)).select(offset=find_offset_seconds(text)).distinct()
    return sorted(int(offset) for offset in written["offset"].to_pyarrow().to_pylist())
