"""Follow pages at a desk: every command in its order, with what it names standing in for what is yours."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace

from docs.check.desk import Desk, Done
from docs.check.needs import needs
from docs.check.pages import Command, Page
from docs.check.servers import SERVES, free_port, served

# These begin before there is anything; all others in a store that has been used.
BEGIN_NEW = ("README.md", "docs/guides/first_run.md")
# Of what needs no evidence, most pages make none: those that begin new and those that name one of these do.
OF_EVIDENCE = ("promote", "evaluate=", "again=")
REMOTE = "http://mlflow:5000"  # pages that name this server and start none find one


@dataclass
class Followed:
    """What came of a page."""

    page: Page
    done: list[Done] = field(default_factory=list)
    not_here: list[Command] = field(default_factory=list)  # this machine lacks what they need

    @property
    def failed(self) -> list[Done]:
        """What did not do what the page says."""
        return [done for done in self.done if done.failed]


def follow(page: Page, desk: Desk, missing: set[str], databases: Mapping[str, str]) -> Followed:
    """Do what a page says, from a desk as its reader finds it, and end what it started."""
    _prepare(page, desk)
    port = free_port()
    stand_ins = {**_stand_ins(desk, port), **databases}
    followed = Followed(page)
    exported = ""
    with ExitStack() as servers:
        if _needs_a_server(page):
            servers.enter_context(served(desk, _plain_server(port), port))
        for command in page.commands:
            if needs(command.text) & missing:
                followed.not_here.append(command)
                continue
            here = replace(command, text=_replaced(command.text, stand_ins))
            if SERVES.search(here.text):
                done = servers.enter_context(served(desk, here, port, exported))
            else:
                done = desk.run(here, exported)
            exported += f"{here.text}\n" if here.text.startswith("export ") else ""
            followed.done.append(replace(done, command=command))
            if done.failed:
                break
    return followed


def _prepare(page: Page, desk: Desk) -> None:
    desk.clear("new" if page.name in BEGIN_NEW else "lived_in")
    if page.name not in BEGIN_NEW and not _names(page, OF_EVIDENCE):
        desk.leave_evidence_out()
    for block in page.blocks:
        if block.file:
            desk.write(block.file, block.text)


def _stand_ins(desk: Desk, port: int) -> dict[str, str]:
    """What pages write for something that every reader has otherwise."""
    ids = desk.run_ids() or [""]
    return {
        "3942ab": ids[-1][:6],  # not the champion, so that a page can promote it
        "a1a771": ids[0][:6],
        "<run id>": ids[0],
        "mlflow:5000": f"127.0.0.1:{port}",
        "127.0.0.1:5000": f"127.0.0.1:{port}",
        "--port 5000": f"--port {port}",
        "make ui": f"make ui PORT={port}",
        "make test": "make test WORKERS=0",  # the few tests of a page take less than to start others
        "/folder/": f"{desk.place}/",
        "/data/": f"{desk.place}/",
    }


def _replaced(text: str, stand_ins: Mapping[str, str]) -> str:
    for written, meant in stand_ins.items():
        text = text.replace(written, meant)
    return text


def _needs_a_server(page: Page) -> bool:
    return _names(page, [REMOTE]) and not any(SERVES.search(command.text) for command in page.commands)


def _names(page: Page, words: Iterable[str]) -> bool:
    return any(word in command.text for command in page.commands for word in words)


def _plain_server(port: int) -> Command:
    store = "--backend-store-uri sqlite:///server.db --artifacts-destination server"
    return Command("", 0, f"python -m mlflow server {store} --host 127.0.0.1 --port {port} --workers 1")


def marked(pages: list[Page]) -> Iterator[str]:
    """The blocks that pages themselves leave out, each with its place and its reason."""
    for page in pages:
        for block in page.marked:
            yield f"{page.name}:{block.line}: {block.excuse}"
