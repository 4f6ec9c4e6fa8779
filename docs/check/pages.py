"""What a page tells its reader to do: the commands of its fenced blocks, and the files that it shows.

A block of `sh` or `python` is run. A block whose fence names a file (```yaml conf/model/mine.yaml) is that
file. A block that nobody can run without more than this machine says so in its fence, with the reason:
```sh no-check: needs a cluster. Other blocks are there to be read.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

FENCE = re.compile(r"^( *)```(\w*) *(.*?)\s*$")
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
PICTURE = re.compile(r"<img[^>]+src=\"([^\"]+)\"")
ELSEWHERE = ("http://", "https://", "mailto:")
MARK = "no-check:"
RUN = ("sh", "python")


@dataclass(frozen=True)
class Command:
    """One thing to run, and where it stands."""

    page: str
    line: int
    text: str
    language: str = "sh"

    def __str__(self) -> str:
        """As a person looks it up."""
        return f"{self.page}:{self.line}: {self.text.splitlines()[0]}"


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what else its fence says, and its lines."""

    page: str
    line: int
    language: str
    info: str
    lines: tuple[str, ...]

    @property
    def excuse(self) -> str | None:
        """Why it can't be run, where the page says so."""
        if "no-check" not in self.info:
            return None
        reason = self.info.removeprefix(MARK).strip()
        if not self.info.startswith(MARK) or not reason:
            raise ValueError(
                f"{self.page}:{self.line - 1}: write the reason: ```{self.language} {MARK} <why>"
            )
        return reason

    @property
    def file(self) -> str | None:
        """The file that it is, where its fence names one."""
        return self.info if self.info and self.excuse is None else None

    @property
    def text(self) -> str:
        """What stands in it."""
        return "\n".join(self.lines) + "\n"

    def commands(self) -> Iterator[Command]:
        """What is to be run, line by line; a line that ends in a backslash goes on in the next."""
        if self.excuse or self.file or self.language not in RUN:
            return
        if self.language == "python":
            yield Command(self.page, self.line, self.text, "python")
            return
        begun: list[str] = []
        for number, line in enumerate(self.lines, self.line):
            begun.append(line)
            if not line.endswith("\\"):
                text = "\n".join(begun).strip()
                if text and not text.startswith("#"):
                    yield Command(self.page, number - len(begun) + 1, text)
                begun = []


@dataclass(frozen=True)
class Page:
    """A Markdown file of the repository."""

    root: Path
    name: str

    @cached_property
    def _lines(self) -> list[str]:
        return (self.root / self.name).read_text(encoding="utf-8").splitlines()

    @cached_property
    def blocks(self) -> tuple[Block, ...]:
        """Its fenced blocks, in order."""
        return tuple(self._blocks())

    @property
    def commands(self) -> list[Command]:
        """All that it wants to be run, in order."""
        return [command for block in self.blocks for command in block.commands()]

    @property
    def marked(self) -> list[Block]:
        """The blocks that say why they can't be run."""
        return [block for block in self.blocks if block.excuse]

    @property
    def links(self) -> list[str]:
        """The files of the repository that it points to or shows, as it writes them; blocks aside."""
        inside = {
            number for block in self.blocks for number in range(block.line, block.line + len(block.lines))
        }
        prose = "\n".join(line for number, line in enumerate(self._lines, 1) if number not in inside)
        found = [*LINK.findall(prose), *PICTURE.findall(prose)]
        return [link for link in found if not link.startswith(ELSEWHERE)]

    def _blocks(self) -> Iterator[Block]:
        opened: tuple[int, re.Match[str]] | None = None
        for number, line in enumerate(self._lines, 1):
            fence = FENCE.match(line)
            if fence and opened is None:
                opened = number, fence
            elif opened and line.strip() == "```":
                first, (indent, language, info) = opened[0] + 1, opened[1].groups()
                inside = (text.removeprefix(indent) for text in self._lines[first - 1 : number - 1])
                yield Block(self.name, first, language, info, tuple(inside))
                opened = None
        if opened:
            raise ValueError(f"{self.name}:{opened[0]}: this block has no end")


def pages(root: Path) -> list[Page]:
    """README, CONTRIBUTING and all of docs/. The lab notebook has its own command."""
    found = [root / "README.md", root / "CONTRIBUTING.md", *sorted((root / "docs").rglob("*.md"))]
    return [Page(root, path.relative_to(root).as_posix()) for path in found]


def anchors(page: Path) -> set[str]:
    """What a link to a heading of a page may name, as GitHub makes it of the heading."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
