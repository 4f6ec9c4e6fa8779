"""One colour per segment, the same in every figure, table and card.

The first eight segments take the hues of Okabe and Ito, which stay apart for readers with any of the
usual forms of colour blindness. No palette does that for sixty, so later segments take the same hues
in another shade and, where points are drawn, another symbol.
"""

from typing import Final

NOISE: Final = -1
INK: Final = "#1f2933"
FAINT_INK: Final = "#616e7c"
GRID: Final = "#e4e7eb"
PAPER: Final = "#ffffff"
ACCENT: Final = "#334e68"  # for what belongs to no segment
NOISE_COLOUR: Final = "#c4cbd3"

HUES: Final = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#332288", "#f0e442")
SHADES: Final = (0.0, -0.35, 0.45, -0.6, 0.25, -0.2, 0.6, -0.48)  # below 0 towards black, above towards white
SYMBOLS: Final = ("circle", "diamond", "square", "cross", "x")

# Blue below, white at the average, orange above: apart for every reader, also in print.
DIVERGING: Final = ("#2166ac", "#92c5de", "#f7f7f7", "#fdb863", "#b35806")


def colour(segment: int) -> str:
    """The colour of a segment as `#rrggbb`; noise is grey."""
    if segment == NOISE:
        return NOISE_COLOUR
    return _shade(HUES[segment % len(HUES)], SHADES[segment // len(HUES) % len(SHADES)])


def symbol(segment: int) -> str:
    """The marker of a segment, by Plotly's name: it changes where the hues start again."""
    return SYMBOLS[0] if segment == NOISE else SYMBOLS[segment // len(HUES) % len(SYMBOLS)]


def ink_on(background: str) -> str:
    """Dark or white letters, whichever is read more easily on a colour."""
    red, green, blue = bytes.fromhex(background[1:])
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else PAPER


def _shade(hue: str, amount: float) -> str:
    target = 255 if amount > 0 else 0
    return "#" + bytes(round(part + abs(amount) * (target - part)) for part in bytes.fromhex(hue[1:])).hex()
