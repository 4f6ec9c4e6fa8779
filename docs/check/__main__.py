"""Run every command of README, CONTRIBUTING and docs/: `make docs`; `make docs PAGES=docs/score.md` for some.

The pages are shared out between as many desks as there are cores. Nothing of yours is touched.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from queue import SimpleQueue

from docs.check.desk import Desk
from docs.check.follow import Followed, follow, marked
from docs.check.goods import make_goods, read_lines
from docs.check.needs import LACKING, missing, needs
from docs.check.pages import Command, Page, pages
from docs.check.warm import find_script
from segmentlab.lab.config.folders import ROOT

LAST_LINES = 40
YOURS = ("postgresql://me:password@host/shop", "postgresql://lab@db/studies")


def main(names: list[str]) -> int:
    """Check pages, and say which command failed where: 0 none, 1 some, 2 there is no such page."""
    known = {page.name: page for page in pages(ROOT)}
    if unknown := [name for name in names if name not in known]:
        print(f"No page is called {', '.join(unknown)}. There are: {', '.join(known)}.")
        return 2
    chosen = [known[name] for name in names] or list(known.values())
    list(marked(chosen))  # a mark without a reason ends the command before it begins
    begun = time.monotonic()
    results = list(check(chosen))
    return tell(chosen, results, time.monotonic() - begun)


def check(chosen: list[Page]) -> Iterator[Followed]:
    """Follow the pages, those with most commands first, and give what came of each."""
    lacking = missing()
    waiting = sorted((page for page in chosen if page.commands), key=lambda page: -len(page.commands))
    cores = min(os.cpu_count() or 1, len(waiting))
    with tempfile.TemporaryDirectory(prefix="docs-") as folder:
        goods = make_goods(Path(folder) / "goods")
        with (
            _databases(waiting, lacking, goods) as databases,
            ExitStack() as closing,
            ThreadPoolExecutor(cores) as pool,
        ):
            desks: SimpleQueue[Desk] = SimpleQueue()
            typed = find_typed(waiting)
            laid = [Desk(Path(folder) / f"desk{n}", goods, typed=typed) for n in range(cores)]
            for desk in laid:
                closing.callback(desk.close)
            for desk in pool.map(_ready, laid):
                desks.put(desk)

            def follow_at_a_desk(page: Page) -> Followed:
                desk = desks.get()
                try:
                    followed = follow(page, desk, lacking, databases)
                finally:
                    desks.put(desk)
                print(
                    f"{'FAILED' if followed.failed else 'ok':<7}{len(followed.done):>3}  {page.name}",
                    *(f"{done.seconds:>10.1f} s  {done.command}" for done in followed.done),
                    sep="\n",
                    flush=True,
                )
                return followed

            yield from pool.map(follow_at_a_desk, waiting)


def find_typed(chosen: list[Page]) -> frozenset[Command]:
    """Of each script the first command: a process of its own from its very start, as its reader has it."""
    commands = [command for page in chosen for command in page.commands]
    first = {find_script(command.text): command for command in reversed(commands)}
    return frozenset(command for script, command in first.items() if script)


def tell(chosen: list[Page], results: list[Followed], seconds: float) -> int:
    """Say what failed, with the end of what it wrote; what was not run, and why; and how many were."""
    failed = [done for result in results for done in result.failed]
    for done in failed:
        print(f"\n{done.command}\nended with {done.code}:")
        print("\n".join(done.output.splitlines()[-LAST_LINES:]))
    excused = list(marked(chosen))
    print("\nMarked in the page:", *excused or ["nothing"], sep="\n  ")
    not_here = [command for result in results for command in result.not_here]
    if not_here:
        lines = (f"{command} ({LACKING[min(needs(command.text) & missing())]})" for command in not_here)
        print("Not run on this machine:", *lines, sep="\n  ")
    ran = sum(len(result.done) for result in results)
    print(
        f"\n{ran} commands ran, {len(failed)} failed; {len(excused)} blocks are marked with a reason", end=""
    )
    print(f", {len(not_here)} commands lack something here. {seconds:.0f} s.")
    return 1 if failed else 0


def _ready(desk: Desk) -> Desk:
    desk.lay()
    desk.live_in()
    return desk


@contextmanager
def _databases(chosen: list[Page], lacking: set[str], goods: Path) -> Iterator[dict[str, str]]:
    """A real PostgreSQL with the shop in it, where a page asks for one, in place of the reader's own."""
    asked = any("postgres" in needs(command.text) for page in chosen for command in page.commands)
    if not asked or "postgres" in lacking:
        yield {}
        return
    from tests.postgres import initdb, started

    with started(initdb() or "") as server:
        server.run("create schema sales")
        server.store("lines", read_lines(goods))
        server.run("create table sales.lines as select * from lines")
        yield dict.fromkeys(YOURS, server.url())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
