"""What commands write: lines that can be copied, prose, and tables whose cells are no markup."""

import io

import pytest
from rich.console import Console

from segmentlab.lab.cli.screen import FILE_WIDTH, make_table, open_console, print_line, print_prose

LONG = "Run: http://store:5000/#/experiments/1/runs/" + "0123456789abcdef" * 4
SENTENCES = "The segments divide a continuum into useful parts; where one ends is a choice."


def written(*, terminal: bool, width: int = 40) -> Console:
    return Console(file=io.StringIO(), width=width, force_terminal=terminal, color_system=None)


@pytest.mark.parametrize("terminal", [True, False])
def test_a_line_stays_in_one_piece(terminal: bool) -> None:
    console = written(terminal=terminal)
    print_line(f"[bold]{LONG}", console)
    assert console.file.getvalue() == f"[bold]{LONG}\n"


def test_prose_is_wrapped_between_words_where_there_is_an_edge() -> None:
    console = written(terminal=True)
    print_prose(SENTENCES, console)
    lines = console.file.getvalue().splitlines()
    assert len(lines) > 1
    assert " ".join(line.strip() for line in lines) == SENTENCES


def test_prose_in_a_file_has_no_edge() -> None:
    console = written(terminal=False)
    print_prose(SENTENCES, console)
    assert console.file.getvalue() == f"{SENTENCES}\n"


def test_a_file_is_as_wide_as_tables_need(capsys: pytest.CaptureFixture[str]) -> None:
    console = open_console()
    assert console.width == FILE_WIDTH
    console.print(make_table(("what", "why"), [("a", "b" * 150)], left=("what",)))
    assert "b" * 150 in capsys.readouterr().out


def test_cells_come_from_data_and_are_no_markup() -> None:
    console = written(terminal=False, width=80)
    console.print(make_table(("name", "n"), [("[red]Gifts[/red]", "7")], title="[b]All[/b]", left=("name",)))
    title, headings, _, row = filter(str.strip, console.file.getvalue().splitlines())
    assert title.strip() == "[b]All[/b]"
    assert headings.split() == ["name", "n"]
    assert row.split() == ["[red]Gifts[/red]", "7"]


def test_columns_are_flush_right_but_for_those_that_are_named() -> None:
    console = written(terminal=False, width=80)
    console.print(make_table(("name", "customers"), [("a", "7"), ("longer", "1,234")], left=("name",)))
    rows = console.file.getvalue().rstrip().splitlines()[-2:]
    assert [row.rstrip() for row in rows] == ["  a               7", "  longer      1,234"]
