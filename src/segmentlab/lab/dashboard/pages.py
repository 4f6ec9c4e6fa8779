"""A page of the dashboard, loaded when somebody opens it."""

import importlib
from dataclasses import dataclass
from typing import Final

import streamlit as st

from segmentlab.lab.dashboard.settings import DashboardSettings

PAGES_KEY: Final = "pages"  # of the session: what there is to open


@dataclass(frozen=True)
class DashboardPage:
    """A page by the name of its module, which has `show(settings)`.

    Attributes:
        path: The end of its address, such as `segments`.
        title: What the menu calls it.
        module: The module within the dashboard, such as `marketer.segments`.
        icon: A sign of Streamlit's own, such as `:material/group:`.
    """

    path: str
    title: str
    module: str
    icon: str

    def show(self, settings: DashboardSettings) -> None:
        """Draw it."""
        importlib.import_module(self.place).show(settings)

    @property
    def place(self) -> str:
        """Where its module stands."""
        return f"segmentlab.lab.dashboard.{self.module}"


def link_page(path: str, label: str) -> None:
    """A link to another page of the app; nothing where a page is shown alone."""
    pages = st.session_state.get(PAGES_KEY, {})
    if path in pages:
        st.page_link(pages[path], label=label)
