"""MLflow's pages in the words of the person who looks at them."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from selenium.common.exceptions import ElementClickInterceptedException, StaleElementReferenceException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

from tests.browser import PATIENCE, Browser

WIDTH = 1440
MOVING = (ElementClickInterceptedException, StaleElementReferenceException)  # React is still drawing


class Pages:
    """A browser at an MLflow server."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.browser = browser
        self.address = address

    def open(self, route: str) -> None:
        """Load a page by its route. Without the blank between, MLflow would keep showing the last file."""
        self.browser.open("about:blank")
        self.browser.open(f"{self.address}/#/{route}", width=WIDTH)

    def enter(self) -> None:
        """The first visit: choose the pages for models, and send MLflow's chat panel away."""
        self.open("experiments")
        self.press("//button[@aria-label='Close'][starts-with(@data-component-id, 'mlflow.assistant')]")
        self.press("//*[text()='Model training']")

    def press(self, xpath: str) -> None:
        """Press the first element of a kind, as soon as it is there and nothing is in its way."""
        waiting = WebDriverWait(self.browser.driver, PATIENCE, 0.1, ignored_exceptions=MOVING)
        waiting.until(lambda _: self._pressed(xpath), f"can't press {xpath}")

    def shows(self, *texts: str) -> None:
        """Wait until the page shows every text."""
        for text in texts:
            self.browser.until(f"document.body.innerText.includes({json.dumps(text)})")

    def choose_columns(self, *names: str) -> None:
        """Show or hide columns of the run list."""
        menu = "//button[normalize-space()='Columns']"
        self.press(menu)
        for name in names:
            self.press(f"//*[@role='dialog']//*[@title='{name}']")
        self.press(menu)

    def tick(self, run_name: str) -> None:
        """Choose a run of the list."""
        self.press(f"//*[@row-id][.//*[text()='{run_name}']]//input[contains(@class, 'ag-checkbox')]")

    @contextmanager
    def viewer(self) -> Iterator[Browser]:
        """Inside the sandboxed frame where MLflow shows an HTML file."""
        frame = self.browser.until("document.querySelector('iframe[sandbox]')")
        self.browser.driver.switch_to.frame(frame)
        try:
            yield self.browser
        finally:
            self.browser.driver.switch_to.default_content()

    def _pressed(self, xpath: str) -> bool:
        elements = self.browser.driver.find_elements(By.XPATH, xpath)
        for element in elements[:1]:
            element.click()
        return bool(elements)
