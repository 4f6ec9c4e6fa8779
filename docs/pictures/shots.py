"""Ways to take a picture: of a page, of what a command wrote, and of a figure that a run keeps."""

from html import escape
from io import BytesIO
from pathlib import Path

from PIL import Image

from docs.check.desk import Desk, Done
from tests.browser import Browser

PICTURES = Path(__file__).parent
WIDTH = 1280
TERMINAL = """<!doctype html><meta charset="utf-8"><style>
html {{ overflow: hidden; background: #1b1f27; }}
body {{ margin: 0; background: #1b1f27; color: #dfe3ea; display: inline-block; }}
pre {{ margin: 0; padding: 20px 26px; font: 15px/1.35 "DejaVu Sans Mono", monospace; white-space: pre-wrap; }}
b {{ color: #8fd694; font-weight: normal; }}
</style><pre>{text}</pre>"""


def keep(browser: Browser, name: str, height: int | None = None) -> None:
    """Save the view, or the top of it."""
    shot = Image.open(BytesIO(browser.driver.get_screenshot_as_png()))
    _save(shot.crop((0, 0, shot.width, height or shot.height)), name)


def keep_terminal(browser: Browser, desk: Desk, name: str, *shown: tuple[Done, str]) -> None:
    """Save what commands wrote, each from the line that begins so; paths are those of a reader's clone."""
    parts = [
        f"<b>$ {escape(done.command.text)}</b>\n\n{escape(_from(done.output, start))}"
        for done, start in shown
    ]
    text = "\n\n".join(parts).replace(str(desk.place), "/home/you/segmentlab")
    page = desk.folder / "terminal.html"
    page.write_text(TERMINAL.format(text=text), encoding="utf-8")
    browser.open(page.as_uri(), WIDTH, 400)
    size = browser.run("const r = document.body.getBoundingClientRect(); return [r.width, r.height]")
    browser.open(page.as_uri(), min(int(size[0]) + 1, WIDTH), int(size[1]))
    keep(browser, name)


def keep_figure(desk: Desk, name: str, figure: str) -> None:
    """Save the PNG that the latest run with such a figure keeps."""
    _save(Image.open(newest(desk, f"figures/{figure}.png")), name)


def newest(desk: Desk, path: str) -> Path:
    """The file of that name that the latest run keeps."""
    return max(desk.place.glob(f"mlruns/artifacts/*/artifacts/{path}"), key=_written)


def _save(picture: Image.Image, name: str) -> None:
    """With 256 colours: a third of the size."""
    if picture.width > WIDTH:
        picture = picture.resize(
            (WIDTH, round(picture.height * WIDTH / picture.width)), Image.Resampling.LANCZOS
        )
    picture.convert("RGB").quantize(256).save(PICTURES / f"{name}.png", optimize=True)


def _from(output: str, start: str) -> str:
    """What was written from a line on, without blanks at the ends of lines."""
    lines = [line.rstrip() for line in output.splitlines()]
    first = next((n for n, line in enumerate(lines) if line.startswith(start)), 0)
    return "\n".join(lines[first:]).rstrip()


def _written(path: Path) -> float:
    return path.stat().st_mtime
