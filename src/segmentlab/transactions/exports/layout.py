"""What is known of an export of somebody's system: a YAML file, and the columns that tell it from others.

The files lie beside this module. One of the user's own, in the folder `conf/exports/` beside which a
command is typed, is read as these are, and wins over one of the same name.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Final

import yaml

try:
    from yaml import CSafeLoader as SafeLoader  # ten times as fast, and every reading reads all layouts
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]

from segmentlab.errors import ConfigError
from segmentlab.transactions.sources.columns import BESIDE_ALIASES, KNOWN_FIELDS, simplify_column

OUR_LAYOUTS: Final = Path(__file__).parent
OWN_LAYOUTS: Final = Path("conf") / "exports"  # beside the user
NO_LAYOUT: Final = "none"  # what declines every layout


@dataclass(frozen=True)
class OrderStatus:
    """The column that says what became of an order, with its values; others are asked about."""

    column: str
    sold: Sequence[str]
    not_sold: Sequence[str] = ()


@dataclass(frozen=True)
class OrderValue:
    """What an order's goods cost after every discount: columns to add, and columns to take off."""

    plus: Sequence[str]
    minus: Sequence[str] = ()


@dataclass(frozen=True)
class LineSigns:
    """The column that says whether money came in or went out, with its values; others are asked about."""

    column: str
    positive: Sequence[str]
    negative: Sequence[str]


@dataclass(frozen=True, kw_only=True)
class ExportLayout:
    """One export: what it is known by, which column is which of ours, and what is decided for it.

    `fingerprint` are columns that all have to be there. Wherever a name may vary, a list has its variants,
    and the first that is there is meant. `fixed` are values for columns that the export has no need of.
    Cells of `carried` belong to the whole order and may stand on one of its lines only. Lines whose column
    in `not_products` matches the pattern leave as those of orders that were `not_sold` do. A `refund` is an
    amount per order. `discounts` are amounts per line, to be taken off its value. `asks` holds what to say
    where a column of ours is missing, `accept` which contradictions are none in it. `says` is told to whoever
    reads the notes. `without_header` are names in their order, each with the pattern of its cells, for files
    that bear no names.
    """

    name: str
    title: str
    known_from: str
    fingerprint: Sequence[str | Sequence[str]]
    columns: Mapping[str, str | Sequence[str]]
    fixed: Mapping[str, float] = field(default_factory=dict)
    dates: str | None = None
    carried: Sequence[str] = ()
    status: OrderStatus | None = None
    not_products: Mapping[str, str] = field(default_factory=dict)
    order_value: OrderValue | None = None
    refund: str | Sequence[str] | None = None
    discounts: Sequence[str] = ()
    signs: LineSigns | None = None
    own_zone: bool = False  # times bear the shop's own offset, which says nothing
    cancels_by_letter: bool = False  # ids that begin with C are cancellations
    asks: Mapping[str, str] = field(default_factory=dict)
    accept: Sequence[str] = ()
    says: Sequence[str] = ()
    without_header: Sequence[Mapping[str, str]] = ()
    is_own: bool = False  # the user's, not ours

    def fits(self, found: Sequence[str]) -> bool:
        """Whether every column that it is known by is there."""
        return all(_find_first(names, found) for names in self.fingerprint)

    def find(self, names: str | Sequence[str], found: Sequence[str]) -> str | None:
        """The column of the file that bears one of the names."""
        return _find_first(names, found)

    def map_columns(self, found: Sequence[str]) -> dict[str, str]:
        """Our names to those of the file, as far as it has them."""
        mapped = {name: _find_first(names, found) for name, names in self.columns.items()}
        return {name: column for name, column in mapped.items() if column is not None}


def find_layout(found: Sequence[str], said: str | None) -> ExportLayout | None:
    """The layout that the columns show, or that was said; the one that is known by the most of two."""
    if said == NO_LAYOUT:
        return None
    layouts = load_layouts()
    if said is not None:
        return _choose_layout(said, layouts, found)
    fitting = [layout for layout in layouts.values() if layout.fits(found)]
    return max(fitting, key=lambda layout: len(layout.fingerprint), default=None)


def name_columns(rows: Sequence[Sequence[str]], said: str | None) -> tuple[str, ...]:
    """Names for the columns of a file without a header, where all its first rows look like an export's."""
    layouts = {} if said == NO_LAYOUT else load_layouts()
    for layout in layouts.values():
        for patterns in layout.without_header if said in (None, layout.name) else ():
            if all(_fits_patterns(row, patterns) for row in rows):
                return tuple(patterns)
    return ()


def _fits_patterns(row: Sequence[str], patterns: Mapping[str, str]) -> bool:
    return len(row) == len(patterns) and all(
        re.fullmatch(pattern, cell.strip()) for cell, pattern in zip(row, patterns.values(), strict=True)
    )


def load_layouts() -> dict[str, ExportLayout]:
    """Every layout by its name: ours, and the user's own."""
    files = [*sorted(OUR_LAYOUTS.glob("*.yaml")), *list_own_layouts()]
    return {path.stem: _load_layout(path) for path in files}


def list_own_layouts() -> list[Path]:
    """The files of the user's own layouts."""
    return sorted(OWN_LAYOUTS.glob("*.yaml"))


def _choose_layout(said: str, layouts: Mapping[str, ExportLayout], found: Sequence[str]) -> ExportLayout:
    if said not in layouts:
        near = difflib.get_close_matches(said, layouts, n=1)
        hint = f" Did you mean {near[0]}?" if near else ""
        raise ConfigError(f"data.export={said}: known are none, {', '.join(layouts)}.{hint}")
    missing = [names for names in layouts[said].fingerprint if not _find_first(names, found)]
    if missing:
        raise ConfigError(
            f"data.export={said}: the data has no column {_join_variants(missing[0])}. Its columns are "
            f"{', '.join(map(repr, found))}. Leave data.export out, or say none."
        )
    return layouts[said]


def _load_layout(path: Path) -> ExportLayout:
    try:
        said: Any = yaml.load(path.read_text(encoding="utf-8"), SafeLoader)
        made = _make_layout(path.stem, {**said, "is_own": path.parent == OWN_LAYOUTS})
    except (yaml.YAMLError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise ConfigError(
            f"{path}: no layout of an export ({' '.join(str(error).split())}). It may say "
            f"{', '.join(one.name for one in fields(ExportLayout)[1:-1])}; see docs/exports.md."
        ) from error
    unknown = [name for name in (*made.columns, *made.fixed) if name not in (*KNOWN_FIELDS, *BESIDE_ALIASES)]
    if unknown:
        raise ConfigError(
            f"{path}: columns.{unknown[0]}: there is no such column. Known: {', '.join(KNOWN_FIELDS)}."
        )
    return made


def _make_layout(name: str, said: Mapping[str, Any]) -> ExportLayout:
    parts = {"status": OrderStatus, "order_value": OrderValue, "signs": LineSigns}
    built = {key: parts[key](**value) if key in parts else value for key, value in said.items()}
    return ExportLayout(name=name, **built)


def _find_first(names: str | Sequence[str], found: Sequence[str]) -> str | None:
    plain = {simplify_column(column): column for column in reversed(found)}
    wanted = [names] if isinstance(names, str) else names
    return next((plain[simplify_column(name)] for name in wanted if simplify_column(name) in plain), None)


def _join_variants(names: str | Sequence[str]) -> str:
    return " or ".join(map(repr, [names] if isinstance(names, str) else names))
