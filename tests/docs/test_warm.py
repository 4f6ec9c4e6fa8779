"""Commands that are forked are read as a shell reads them."""

import pytest

from docs.check.warm import Line, read_line


@pytest.mark.parametrize(
    ("text", "before", "line"),
    [
        ("python src/run.py a='b c' # why", "", Line(["src/run.py", "a=b c"], {})),
        ("python src/run.py a=1 \\\n    b=2", "", Line(["src/run.py", "a=1", "b=2"], {})),
        ("python src/run.py", "export A=7\n", Line(["src/run.py"], {"A": "7"})),
        ("python src/run.py a=1 | tail", "", None),
        ("make run", "", None),
        ("python src/run.py -m a=1,2 hydra/launcher=joblib", "", None),
    ],
)
def test_a_line_is_read_as_a_shell_reads_it(text: str, before: str, line: Line | None) -> None:
    assert read_line(text, before) == line
