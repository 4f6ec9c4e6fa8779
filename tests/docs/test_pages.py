"""What a page tells its reader to do, read from the page; and every link of every page leads somewhere."""

from pathlib import Path

import pytest

from docs.check.pages import Page, anchors, pages
from segmentlab.lab.config.folders import ROOT

PAGES = pages(ROOT)
EXAMPLE = """Look:

```sh
# only a remark
python one.py   # the first
python two.py \\
    further
```

1. A list

   ```python
   print("three")
   ```

```yaml conf/model/mine.yaml
model: {}
```

```sh no-check: needs a cluster
python four.py
```

```yaml
just: shown
```
[there](other.md#far-away) and ![seen](pictures/seen.png), not [here](https://example.org).
"""


@pytest.fixture
def page(tmp_path: Path) -> Page:
    (tmp_path / "page.md").write_text(EXAMPLE, encoding="utf-8")
    return Page(tmp_path, "page.md")


def test_commands_are_found_with_their_lines(page):
    assert [(command.line, command.text, command.language) for command in page.commands] == [
        (5, "python one.py   # the first", "sh"),
        (6, "python two.py \\\n    further", "sh"),
        (13, 'print("three")\n', "python"),
    ]


def test_a_block_whose_fence_names_a_file_is_that_file(page):
    assert [(block.file, block.text) for block in page.blocks if block.file] == [
        ("conf/model/mine.yaml", "model: {}\n")
    ]


def test_a_mark_has_a_reason(page, tmp_path):
    assert [block.excuse for block in page.marked] == ["needs a cluster"]
    (tmp_path / "bare.md").write_text("```sh no-check\nmake\n```\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"bare.md:1: write the reason"):
        _ = Page(tmp_path, "bare.md").marked


def test_a_block_without_an_end_is_named(tmp_path):
    (tmp_path / "open.md").write_text("Text\n```sh\nmake\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"open.md:2: this block has no end"):
        _ = Page(tmp_path, "open.md").blocks


def test_links_are_those_of_the_prose(page):
    assert page.links == ["other.md#far-away", "pictures/seen.png"]


def test_there_are_pages_to_check():
    names = {page.name for page in PAGES}
    assert names >= {"README.md", "CONTRIBUTING.md", "docs/README.md", "docs/guides/first_run.md"}
    assert sum(len(page.commands) for page in PAGES) > 50


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Page) -> None:
    here = (ROOT / page.name).parent
    for link in page.links:
        file, _, heading = link.partition("#")
        target = here / file if file else ROOT / page.name
        assert target.exists(), f"{page.name} points to {link}"
        assert not heading or heading in anchors(target), f"{page.name} points to {link}"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_mark_has_its_reason(page: Page) -> None:
    assert all(block.excuse for block in page.marked)


def test_every_picture_is_shown_and_small():
    shown = {(ROOT / page.name).parent.joinpath(link).resolve() for page in PAGES for link in page.links}
    for picture in (ROOT / "docs" / "pictures").glob("*.png"):
        assert picture.resolve() in shown, f"{picture.name} is shown nowhere"
        assert picture.stat().st_size < 200_000, f"{picture.name} is too large"


def test_every_guide_is_one_page_with_a_command_and_a_picture():
    guides = [page for page in PAGES if page.name.startswith("docs/guides/")]
    assert len(guides) >= 12
    for guide in guides:
        assert guide.commands, f"{guide.name} has no command"
        assert any(link.startswith("../pictures/") for link in guide.links), f"{guide.name} has no picture"
        assert len((ROOT / guide.name).read_text(encoding="utf-8").splitlines()) <= 75, guide.name
