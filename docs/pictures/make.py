"""Take the pictures of the README anew: `.venv/bin/python -m docs.pictures.make`, from the root of the repo.

It needs what the browser tests need: a .venv made by `make test`, and chromium with chromium-driver.
"""

from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image

from tests.browser import Browser, chromium
from tests.commands import Lab
from tests.ui.pages import Pages
from tests.ui.server import make_ui

PICTURES = Path(__file__).parent
SHOWN = (
    "model.n_clusters",
    "separation/silhouette",
    "separation/davies_bouldin",
    "segments/smallest_share",
    "truth/adjusted_rand",
)
HIDDEN = ("Dataset", "Source", "Models")


def main() -> None:
    """Segment the default world into three to six segments, and take pictures of what there is to see."""
    with TemporaryDirectory() as folder, chromium() as browser:
        lab = Lab(Path(folder))
        lab.run("-m", "model.n_clusters=3,4,5,6", f"hydra.sweep.dir={folder}/sweep").check_returncode()
        picture_the_report(lab, browser)
        with make_ui(lab.folder / "mlflow.db", lab.folder / "server.log") as server:
            picture_the_runs(Pages(browser, server.address))


def picture_the_report(lab: Lab, browser: Browser) -> None:
    """The top of the report of the run with five segments, on a desk and on a phone."""
    run = next(run for run in lab.runs() if run.data.params["model.n_clusters"] == "5")
    report = lab.download(run, "report/report.html").as_uri()
    for name, width, height in (("report", 1280, 1000), ("report_phone", 390, 844)):
        browser.open(report, width, height)
        browser.until("document.querySelectorAll('.card').length")
        keep(browser, name)


def picture_the_runs(pages: Pages) -> None:
    """The run list of MLflow with the columns that tell the runs apart."""
    pages.enter()
    pages.press("//a[text()='segmentlab']")
    pages.choose_columns(*HIDDEN, *SHOWN)
    pages.shows("Parameters", *SHOWN)
    keep(pages.browser, "runs", height=420)


def keep(browser: Browser, name: str, height: int | None = None) -> None:
    """Save the view, or the top of it, with 256 colours: a third of the size."""
    shot = Image.open(BytesIO(browser.driver.get_screenshot_as_png()))
    top = shot.crop((0, 0, shot.width, height or shot.height))
    top.quantize(256).save(PICTURES / f"{name}.png", optimize=True)


if __name__ == "__main__":
    main()
