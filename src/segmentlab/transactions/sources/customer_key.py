"""Who counts as one customer: an id, or an id in each country, shop or whatever else the lines tell."""

from collections.abc import Sequence

import ibis.expr.types as ir

from segmentlab.errors import ConfigError

UNKNOWN = "?"


def each_by(lines: ir.Table, columns: Sequence[str]) -> ir.Table:
    """The lines with ids such as `12370 / Cyprus`; a line without a customer still has none."""
    missing = [name for name in columns if name not in lines.columns]
    if missing:
        raise ConfigError(
            f"data.customer_by names {', '.join(missing)}, which the data does not have. Its columns are "
            f"{', '.join(lines.columns)}."
        )
    key = lines["customer_id"]
    for name in columns:
        key = key + " / " + lines[name].cast("string").fill_null(UNKNOWN)
    return lines.mutate(customer_id=key) if columns else lines
