"""Trouble in words, with what to do: a page never shows a traceback."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from segmentlab.errors import SegmentLabError
from segmentlab.redaction import redact_text

logger = logging.getLogger(__name__)


@contextmanager
def in_words() -> Iterator[None]:
    """Show an error of the block as a sentence, and go on below it.

    Our own errors say what to do. Anything else is a defect: its traceback goes to the terminal that the
    dashboard was started in.
    """
    try:
        yield
    except SegmentLabError as error:
        show_trouble(str(error))
    except MemoryError:
        show_trouble("There is not enough memory for this. Close other programs, or choose fewer customers.")
    except Exception as error:
        logger.exception("The dashboard failed")
        first = (str(error) or type(error).__name__).splitlines()[0]
        show_trouble(
            f"This could not be shown: {redact_text(first)}. That is a defect of SegmentLab; the terminal "
            "that the dashboard was started in has more to report."
        )


def show_trouble(text: str) -> None:
    """One sentence in a red band; what looks like Markdown in it is only text."""
    st.error(escape_markdown(text), icon=":material/error:")


def escape_markdown(text: object) -> str:
    """Text of data, such as an id or a segment's name, so that Streamlit's Markdown shows it unchanged."""
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]()<>#+-.!|~:$" else letter for letter in str(text))
