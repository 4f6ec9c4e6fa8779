"""How the dashboard looks: colours of the report, light or dark as the reader's machine has it."""

from collections.abc import Sequence
from typing import Final

import numpy as np
import streamlit as st
from PIL import Image

THEME: Final = {
    "theme.font": "sans-serif",
    "theme.headingFontSizes": ["2rem", "1.6rem", "1.3rem", "1.15rem", "1rem", "0.9rem"],
    "theme.light.primaryColor": "#0b4f7d",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f6f7f9",
    "theme.light.textColor": "#1f2933",
    "theme.light.linkColor": "#0b4f7d",
    "theme.dark.primaryColor": "#7cc4f0",
    "theme.dark.backgroundColor": "#14191f",
    "theme.dark.secondaryBackgroundColor": "#1f2730",
    "theme.dark.textColor": "#e8ecf0",
    "theme.dark.linkColor": "#7cc4f0",
}
SIGN_COLOURS: Final = ((0, 114, 178), (230, 159, 0), (0, 158, 115))
SIGN_SIZE: Final = 32


def paint_sign() -> Image.Image:
    """The sign in the browser's tab: three segments. Signs of Streamlit's own would come from a network."""
    sign = np.full((SIGN_SIZE, SIGN_SIZE, 3), 255, dtype=np.uint8)
    for place, colour in enumerate(SIGN_COLOURS):
        left = 2 + 10 * place
        sign[20 - 8 * place : 30, left : left + 8] = colour
    return Image.fromarray(sign)


def show_figures(figures: Sequence[tuple[str, str, str]]) -> None:
    """Numbers side by side, as many as there is room for: heading, number, and a line of words below it."""
    with st.container(horizontal=True, gap="medium"):
        for heading, number, words in figures:
            with st.container(width="content", gap=None):
                st.metric(heading, number, width="content")
                if words:
                    st.caption(words)
