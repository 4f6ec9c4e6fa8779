"""What goes in and out, as the OpenAPI page shows it. Requests are read by `body.py`, which says more."""

from dataclasses import dataclass
from typing import Any, Final


@dataclass
class Ahead:
    """What is expected within so many days."""

    days: float
    alive: float
    buys: float
    expected: float
    next_order: str | None
    late: float


@dataclass
class Customer:
    """Where a customer stands."""

    customer_id: str
    as_of: str
    orders: int
    revenue: float
    first_order: str | None
    last_order: str | None
    segment: int | None
    name: str | None
    confidence: float | None
    state: str | None
    ahead: Ahead | None
    recommendations: list[dict[str, Any]]


@dataclass
class Taken:
    """Lines that are in the database, and where their customers stand now."""

    accepted: int
    repeated: int
    model: str
    customers: list[Customer]


@dataclass
class Refusal:
    """Why nothing was taken or told."""

    error: str
    row: int | None = None
    field: str | None = None


@dataclass
class Health:
    """Whether all is well, and which model answers."""

    status: str
    model: str
    sha256: str
    loaded: str
    as_of: str
    lines: str


_TEXT: Final = {"type": "string", "minLength": 1, "maxLength": 200}
_WORDS: Final = {"type": ["string", "null"], "maxLength": 1000}
LINES: Final[dict[str, Any]] = {
    "type": "array",
    "minItems": 1,
    "maxItems": 1000,
    "items": {
        "type": "object",
        "required": ["line_id", "customer_id", "invoice_id", "quantity", "unit_price", "timestamp"],
        "additionalProperties": False,
        "properties": {
            "line_id": {**_TEXT, "description": "of this line alone; posted again, it counts once"},
            "customer_id": _TEXT,
            "invoice_id": _TEXT,
            "product_id": _WORDS,
            "description": _WORDS,
            "quantity": {"type": "number", "description": "pieces; negative where they are given back"},
            "unit_price": {"type": "number"},
            "timestamp": {
                "type": "string",
                "description": "in the shop's own time; with a zone where the service knows the shop's",
            },
            "country": _WORDS,
        },
    },
    "example": [
        {
            "line_id": "web-1", "customer_id": "12346", "invoice_id": "581600", "product_id": "22423",
            "description": "REGENCY CAKESTAND 3 TIER", "quantity": 2, "unit_price": 12.75,
            "timestamp": "2011-12-09T12:50:00", "country": "United Kingdom",
        }
    ],
}  # fmt: skip
