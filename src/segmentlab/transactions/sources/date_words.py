"""Words in dates: months of other languages, days of the week, zones by their letters, `at` and `Uhr`.

They are rewritten to what formats know: English months, and offsets. Letters that stand for several zones, as
EST and IST do, are no offset; where one clock wrote all of a column they are left off, for what it showed is
the shop's own time whichever it was.
"""

from dataclasses import dataclass
from typing import Final

import ibis
import ibis.expr.types as ir

from segmentlab.errors import DataError

MONTHS: Final = {
    "Jan": "januar|jänner|jaenner|janvier|janv|enero|ene|gennaio|gen|januari|janeiro|january|jan",
    "Feb": "februar|februari|feber|février|fevrier|févr|fevr|fév|fev|febrero|febbraio|fevereiro|february|feb",
    "Mar": "märz|maerz|mär|mrz|mars|marzo|maart|mrt|março|marco|march|mar",
    "Apr": "april|avril|avr|abril|abr|aprile|apr",
    "May": "mai|mayo|maggio|mag|mei|maio|may",
    "Jun": "juni|juin|junio|giugno|giu|junho|june|jun",
    "Jul": "juli|juillet|juil|julio|luglio|lug|julho|july|jul",
    "Aug": "august|août|aout|agosto|ago|augustus|aug",
    "Sep": "september|septembre|septiembre|settembre|setembro|sept|set|sep",
    "Oct": "oktober|octobre|octubre|ottobre|outubro|october|okt|ott|out|oct",
    "Nov": "november|novembre|noviembre|novembro|nov",
    "Dec": "dezember|décembre|decembre|diciembre|dicembre|dezembro|december|déc|dez|dic|dec",
}
WEEKDAYS: Final = (
    "montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|mo|di|mi|do|fr|sa|so|"
    "lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche|lun|mer|jeu|ven|sam|dim|"
    "lunes|martes|miércoles|jueves|viernes|sábado|domingo|mié|jue|vie|sáb|dom|"
    "lunedì|martedì|mercoledì|giovedì|venerdì|sabato|domenica|gio|sab|"
    "maandag|dinsdag|woensdag|donderdag|vrijdag|zaterdag|zondag|ma|wo|vr|za|zo|"
    "segunda|terça|quarta|quinta|sexta|segunda-feira|terça-feira|quarta-feira|quinta-feira|sexta-feira|"
    "monday|tuesday|wednesday|thursday|friday|saturday|sunday|mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun"
)
# Letters that mean one offset; others may be of several continents. Each line is one clock.
OFFSETS: Final = {
    "CET": "+01:00", "CEST": "+02:00", "MEZ": "+01:00", "MESZ": "+02:00",
    "EET": "+02:00", "EEST": "+03:00",
    "WET": "+00:00", "WEST": "+01:00",
    "AEST": "+10:00", "AEDT": "+11:00",
    "ACST": "+09:30", "ACDT": "+10:30",
    "NZST": "+12:00", "NZDT": "+13:00",
    "AWST": "+08:00", "JST": "+09:00", "KST": "+09:00", "HKT": "+08:00", "SGT": "+08:00", "MSK": "+03:00",
    "SAST": "+02:00", "BRT": "-03:00",
}  # fmt: skip
CLOCKS: Final = (
    {"EST", "EDT", "ET"}, {"CST", "CDT", "CT"}, {"MST", "MDT", "MT"}, {"PST", "PDT", "PT"},
    {"GMT", "BST"}, {"IST"}, {"AST", "ADT"}, {"AKST", "AKDT"}, {"HST"},
)  # fmt: skip
DRESSED: Final = r"\p{L}{2,}|,|\d ?h ?\d|[^\x00-\x7F]|(?i: at )|\b(?:ET|CT|MT|PT)$"
REWRITTEN: Final = (
    (r"[\p{Z}\s]+", " "),
    (r"\(([A-Za-z]{2,5})\)$", r"\1"),
    (r" ?\([^)]*\)$", ""),
    (rf"^(?i:{WEEKDAYS})[.,]* +(\d)", r"\1"),
    (r"^(?i:mar)[.,]* +(\d{1,2}\.? \p{L}{3,})", r"\1"),  # mardi, martes; else it is March
    # As computers write it: Tue Jul 23 12:47:21 CEST 2024.
    (r"^\p{L}{3} (\p{L}{3}) (\d{1,2}) (\d{2}:\d{2}:\d{2})( [A-Z]{2,5})? (\d{4})$", r"\2 \1 \5 \3\4"),
    (r"(\d)(?:er|[º°ª]|st|nd|rd|th)\b", r"\1"),
    (r"(?i) de[l]? ", " "),
    (r"(?i),? (?:at|à|um|alle|om|às|a las) (\d)", r" \1"),
    (r", *(\d{1,2}[:h])", r" \1"),
    (r"(\d{1,2}) ?h ?(\d{2})\b", r"\1:\2"),
    (r"(\d) ?([AaPp])\.? ?[Mm]\.?$", r"\1 \2M"),
    (r"(?i) (?:uhr|h)$", ""),
)
ZONE: Final = rf"^(.*\d(?: ?[AaPp]\.?[Mm]\.?)?) ?({'|'.join([*OFFSETS, *sorted(set().union(*CLOCKS))])})$"


@dataclass(frozen=True)
class RewrittenDates:
    """The lines with their dates in words that are known, and what was read how."""

    lines: ir.Table
    notes: tuple[str, ...] = ()


def rewrite_dates(lines: ir.Table, name: str, zone: str | None, source: str) -> RewrittenDates | None:
    """The lines with other dates, or nothing where none would change; `name` is that of the column."""
    text = lines["timestamp"]
    if not text.re_search(DRESSED).any().to_pyarrow().as_py():
        return None
    texts = lines.select(written=text).distinct()
    plain = texts.mutate(plain=_rewrite(texts["written"])).cache()
    zones, notes = _settle_zones(plain, name, zone, source)
    known = plain.mutate(plain=zones).filter(lambda table: table["plain"] != table["written"]).cache()
    if not known.limit(1).count().to_pyarrow().as_py():
        return None
    joined = lines.mutate(_place=ibis.row_number()).left_join(known, lines["timestamp"] == known["written"])
    told = joined.mutate(timestamp=ibis.coalesce(joined["plain"], joined["timestamp"])).order_by("_place")
    return RewrittenDates(told.select(*lines.columns), notes)


def _rewrite(text: ir.StringValue) -> ir.StringValue:
    for pattern, instead in REWRITTEN:
        text = text.re_replace(pattern, instead).strip()
    for month, names in MONTHS.items():
        text = text.re_replace(
            rf"(?i)(^|[^\p{{L}}])(?:{names})(?:\.([\s-]|$)|([^\p{{L}}]|$))", rf"\1{month}\2\3"
        )
    return text


def _settle_zones(
    texts: ir.Table, name: str, zone: str | None, source: str
) -> tuple[ir.StringValue, tuple[str, ...]]:
    """Texts with offsets instead of letters, or without letters where one clock wrote them all."""
    text = texts["plain"]
    letters = text.re_extract(ZONE, 2)
    found = set(texts.select(found=letters).distinct()["found"].to_pyarrow().to_pylist()) - {None}
    named = sorted(found - {""})
    if not named:
        return text, ()
    wall = text.re_extract(ZONE, 1)
    if set(named) <= OFFSETS.keys():
        offset = letters.substitute(dict(OFFSETS))
        return ibis.ifelse(letters != "", wall + " " + offset, text), ()
    one_clock = "" not in found and any(set(named) <= clock for clock in CLOCKS)
    if one_clock and zone is None:
        told = (
            f"Moments in '{name}' bear {' and '.join(named)}: they are told as clocks showed there, the "
            "shop's own time."
        )
        return wall, (told,)
    some = ", and some none" if "" in found else ""
    why = "which may mean several places" if one_clock else "which are several clocks"
    raise DataError(
        f"{source}: moments in column '{name}' bear {' and '.join(named)}{some}, {why}. Write offsets "
        "instead, as in 2024-07-23 12:47:21-04:00"
        f"{', or leave data.zone out to keep times as they are written' if one_clock else ''}."
    )
