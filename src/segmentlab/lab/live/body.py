"""What is posted, as lines: JSON that says the same to everybody who reads it."""

import json
from typing import Any, Final

from segmentlab.lab.live.purchase import Purchase, RefusedError, ShopClock, read_purchase

MOST_LINES: Final = 1000  # in one request
EXAMPLE: Final = '[{"line_id": "web-1", "customer_id": "12346", ...}]'


def read_lines(body: bytes, clock: ShopClock) -> list[Purchase]:
    """Every line that was posted, or the first thing that is wrong: all are taken, or none.

    Example:
        >>> from segmentlab.lab.live import read_lines
        >>> from segmentlab.lab.live.purchase import RefusedError, ShopClock
        >>> try:
        ...     read_lines(b'[{"line_id": "1", "customer_id": null}]', ShopClock())
        ... except RefusedError as error:
        ...     print(error)
        Row 1, field 'customer_id': null is no text. Write ids as text, in quotes.
    """
    found = _read_json(body)
    if not isinstance(found, list):
        raise RefusedError(f"Purchases are a list of lines: {EXAMPLE}.")
    if not found:
        raise RefusedError("The list of lines is empty: there is nothing to take.")
    if len(found) > MOST_LINES:
        raise RefusedError(f"{len(found):,} lines at once; post {MOST_LINES:,} at most.", status=413)
    lines = [read_purchase(row, one, clock) for row, one in enumerate(found, start=1)]
    known: dict[str, tuple[int, Purchase]] = {}
    for row, line in enumerate(lines, start=1):
        before, other = known.setdefault(line.line_id, (row, line))
        if other != line:
            raise RefusedError(
                f"is the line_id of row {before} too, which says something else.", row, "line_id", 409
            )
    return lines


def _read_json(body: bytes) -> object:
    try:
        return json.loads(body.decode("utf-8"), object_pairs_hook=_make_object)
    except UnicodeDecodeError:
        raise RefusedError("The body is no text in UTF-8.", status=400) from None
    except RecursionError:
        raise RefusedError(
            "The JSON is nested too deep: a list of flat lines is enough.", status=400
        ) from None
    except json.JSONDecodeError as error:
        raise RefusedError(
            f"The body is no JSON: {error.msg} at line {error.lineno}, column {error.colno}.", status=400
        ) from None
    except ValueError:  # a number of more digits than Python reads
        raise RefusedError("The JSON has a number of too many digits.", status=400) from None


def _make_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two fields of one name readers take different ones."""
    made = dict(pairs)
    if len(made) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RefusedError(f"The field '{twice[:40]}' is there twice in one object.")
    return made
