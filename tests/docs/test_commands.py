"""Every command of README, CONTRIBUTING and docs/ runs; and the checker says so when one does not."""

import pytest

from docs.check.__main__ import check, main
from docs.check.desk import Desk
from docs.check.follow import follow
from docs.check.goods import make_goods
from docs.check.pages import Command, Page, pages
from segmentlab.lab.config.folders import ROOT

pytestmark = pytest.mark.slow


@pytest.mark.timeout(4800)  # of a hundred commands, each of which is given up by itself
def test_every_command_of_the_documentation_runs():
    failed = [done for followed in check(pages(ROOT)) for done in followed.failed]
    assert not failed, "\n\n".join(f"{done.command}\n{done.output[-3000:]}" for done in failed)


def test_a_command_that_fails_is_named_and_ends_its_page(tmp_path):
    desk = Desk(tmp_path / "desk", make_goods(tmp_path / "goods", customers=50))
    desk.lay()
    (tmp_path / "README.md").write_text(
        "```sh\nexport A=7\ntest $A = 7\nfalse\ntrue\n```\n", encoding="utf-8"
    )
    page = Page(tmp_path, "README.md")
    followed = follow(page, desk, set(), {})
    assert [str(done.command) for done in followed.failed] == ["README.md:4: false"]
    assert len(followed.done) == 3


def test_a_page_that_does_not_exist_is_refused(capsys):
    assert main(["docs/nowhere.md"]) == 2
    assert "No page is called docs/nowhere.md" in capsys.readouterr().out


def test_the_copy_leaves_the_repository_alone(tmp_path):
    desk = Desk(tmp_path / "desk", make_goods(tmp_path / "goods", customers=50))
    desk.lay()
    desk.clear("new")
    done = desk.run(Command("", 0, "python -c 'from segmentlab.lab.config.folders import ROOT; print(ROOT)'"))
    assert done.output.strip() == str(desk.place)
