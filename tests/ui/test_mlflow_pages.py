"""`make ui` in a real browser: what a person sees of two runs. Every test leaves a screenshot."""

from collections.abc import Iterator

import pytest
from mlflow.entities import Run
from selenium.webdriver import ActionChains

from segmentlab.lab.tracking import write_list_route
from tests.browser import Browser
from tests.commands import SMALL, Lab
from tests.ui.pages import Pages
from tests.ui.server import Server, make_ui

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SILHOUETTE = "separation/silhouette"
POINT = ".js-plotly-plot .scatterlayer .point"
FITS = "return document.documentElement.scrollWidth <= window.innerWidth"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Lab:
    lab = Lab(tmp_path_factory.mktemp("lab"))
    done = lab.run(
        "-m", "model.n_clusters=4,5", SMALL, "report=full", f"hydra.sweep.dir={lab.folder / 'sweep'}"
    )
    assert done.returncode == 0, done.stderr
    return lab


@pytest.fixture(scope="module")
def runs(lab: Lab) -> list[Run]:
    """Five segments, then four."""
    return sorted(lab.runs(), key=lambda run: run.data.params["model.n_clusters"], reverse=True)


@pytest.fixture(scope="module")
def server(lab: Lab, browser: Browser) -> Iterator[Server]:
    assert browser, "no need of a server where there is no browser"
    with make_ui(lab.folder / "mlflow.db", lab.folder / "server.log") as server:
        yield server


@pytest.fixture(scope="module")
def mlflow_pages(browser: Browser, server: Server) -> Pages:
    pages = Pages(browser, server.address)
    pages.enter()
    return pages


@pytest.fixture
def pages(mlflow_pages: Pages, tmp_path) -> Iterator[Pages]:
    """The pages, whose last sight is kept, and where our files complain about nothing and fetch nothing."""
    yield mlflow_pages
    browser = mlflow_pages.browser
    browser.driver.save_screenshot(str(tmp_path / "page.png"))
    assert [error for error in browser.errors() if not error.startswith(mlflow_pages.address)] == []
    assert [url for url in browser.requests() if not url.startswith(mlflow_pages.address)] == []


def test_nothing_listens_beyond_this_machine(server):
    assert server.listens_on() == {("127.0.0.1", server.port)}


def test_the_run_list_shows_names_and_a_metric(pages, runs):
    pages.open("experiments")
    pages.press("//a[text()='segmentlab']")
    pages.shows(*(run.info.run_name for run in runs))
    pages.choose_columns(SILHOUETTE)
    pages.shows(SILHOUETTE, *(f"{run.data.metrics[SILHOUETTE]:.3f}" for run in runs))


def test_the_address_that_is_printed_opens_a_readable_list(pages, runs):
    """Names in full, few columns, and the numbers of a decision beside each other."""
    pages.open(write_list_route(runs[0].info.experiment_id).removeprefix("#/"))
    pages.shows("checks", "segments/count", SILHOUETTE, *(run.info.run_name for run in runs))
    headings = pages.browser.run("return document.querySelectorAll('.ag-header-cell').length")
    assert headings <= 13


def test_the_description_of_a_run_is_no_raw_table(pages, runs):
    pages.open(run_page(runs[0]))
    item = "[...document.querySelectorAll('li')].some(i => /Champions: .* customers/.test(i.textContent))"
    pages.browser.until(item)
    assert "| segment" not in pages.browser.run("return document.body.innerText")


def test_two_runs_compare(pages, runs):
    pages.open(f"experiments/{runs[0].info.experiment_id}/runs")
    for run in runs:
        pages.press(
            f"//*[@row-id][.//*[text()='{run.info.run_name}']]//input[contains(@class, 'ag-checkbox')]"
        )
    pages.press("//button[normalize-space()='Compare']")
    pages.shows("Comparing 2 Runs", *(run.info.run_id for run in runs))
    pages.shows(SILHOUETTE, *(f"{run.data.metrics[SILHOUETTE]:.3f}" for run in runs))


def test_a_run_shows_its_params_metrics_and_tags(pages, runs):
    pages.open(run_page(runs[0]))
    pages.shows(
        runs[0].info.run_name, "model.n_clusters\n5", f"{SILHOUETTE}\n{runs[0].data.metrics[SILHOUETTE]}"
    )
    pages.shows("segmentlab.command", "data.digest")


def test_a_figure_answers_the_mouse_in_the_viewer(pages, runs):
    pages.open(run_page(runs[0], "artifacts/report/report.html"))
    with pages.viewer() as frame:
        holder = "document.querySelector('[data-figure=data-projection_2d]')"
        frame.until(holder)
        frame.run(f"{holder}.scrollIntoView({{behavior: 'instant', block: 'center'}})")
        frame.until(f"document.querySelectorAll('{POINT}').length === 300")
        ActionChains(frame.driver).move_to_element(
            frame.run(f"return document.querySelector('{POINT}')")
        ).perform()
        frame.until("document.querySelector('.hoverlayer .hovertext')")
        assert frame.run(FITS), "scrolls sideways"


def test_a_figure_is_an_image_too(pages, runs):
    pages.open(run_page(runs[0], "artifacts/figures/segment_sizes.png"))
    pages.browser.until("[...document.images].some(i => i.src.startsWith('blob:') && i.naturalWidth > 600)")


def test_the_report_reads_in_the_viewer(pages, runs):
    pages.open(run_page(runs[0], "artifacts/report/report.html"))
    with pages.viewer() as frame:
        frame.until("document.querySelectorAll('.card').length === 5")
        assert frame.run("return document.querySelector('h1').checkVisibility()")
        assert "300 customers" in frame.run("return document.querySelector('main').innerText")
        frame.run("document.querySelector('[data-figure]').scrollIntoView({behavior: 'instant'})")
        frame.until("document.querySelector('figure .js-plotly-plot .main-svg')")
        assert frame.run(FITS), "scrolls sideways"


def test_a_table_previews(pages, runs):
    pages.open(run_page(runs[0], "artifacts/segments/profile.csv"))
    pages.shows("Previewing the first 5 rows", "revenue", "Champions", "One-time")


def test_the_model_is_ready_and_shows_its_signature(pages, runs):
    (model,) = runs[0].outputs.model_outputs
    pages.open(f"experiments/{runs[0].info.experiment_id}/models")
    pages.press(f"//a[contains(@href, '{model.model_id}')]")
    pages.shows("Ready", runs[0].info.run_name)
    pages.press("//a[normalize-space()='Artifacts']")
    pages.press("//*[text()='MLmodel']")
    pages.shows("signature:", "rfm_recency", "confidence")


def run_page(run: Run, part: str = "") -> str:
    return f"experiments/{run.info.experiment_id}/runs/{run.info.run_id}/{part}"
