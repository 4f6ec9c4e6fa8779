"""The script that Streamlit runs whenever somebody opens the dashboard or touches it."""

from collections.abc import Callable

import streamlit as st

from segmentlab.lab.dashboard.look import paint_sign
from segmentlab.lab.dashboard.marketer import PAGES as MARKETER_PAGES
from segmentlab.lab.dashboard.pages import PAGES_KEY, DashboardPage
from segmentlab.lab.dashboard.scientist import PAGES as SCIENTIST_PAGES
from segmentlab.lab.dashboard.settings import DashboardSettings
from segmentlab.lab.dashboard.trouble import in_words

STORIES = {"Marketer": MARKETER_PAGES, "Data scientist": SCIENTIST_PAGES}


def show_app() -> None:
    """The menu, and the page that is open."""
    st.set_page_config(page_title="SegmentLab", page_icon=paint_sign(), layout="wide")
    settings = DashboardSettings.read()
    menu = {
        story: [_make_page(page, settings, is_first=page is MARKETER_PAGES[0]) for page in pages]
        for story, pages in STORIES.items()
        if pages
    }
    st.session_state[PAGES_KEY] = {
        page.url_path or MARKETER_PAGES[0].path: page for pages in menu.values() for page in pages
    }
    opened = st.navigation(menu)
    opened.run()
    if not settings.write:
        st.sidebar.caption("Read only. Start with `write=true` to promote, run or remember campaigns.")


def _make_page(page: DashboardPage, settings: DashboardSettings, *, is_first: bool) -> "st.Page":
    return st.Page(
        _guard(page, settings), title=page.title, icon=page.icon, url_path=page.path, default=is_first
    )


def _guard(page: DashboardPage, settings: DashboardSettings) -> Callable[[], None]:
    """The page, whose trouble is told in words."""

    def show() -> None:
        with in_words():
            page.show(settings)

    return show


if __name__ == "__main__":  # as which Streamlit runs it
    show_app()
