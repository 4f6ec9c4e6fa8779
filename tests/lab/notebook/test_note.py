"""Notes: their commands as they are typed, and their tables filled in and nothing else touched."""

from pathlib import Path

import pytest

from segmentlab.errors import ConfigError
from segmentlab.lab.notebook.jobs import find_command, list_jobs
from segmentlab.lab.notebook.note import Note, read_notes

TEXT = """# 0009: A question?

```sh
# first
python src/run.py -m seed=0,1 \\
  model=kmeans
```

<!-- table
of: runs
runs: {one: seed=0}
-->
| old |
<!-- end of table -->

**Verdict.** Words.
"""


def note(text: str = TEXT) -> Note:
    return Note(Path("0009_question.md"), text)


def test_commands_are_joined_lines_without_comments() -> None:
    assert note().commands == ["python src/run.py -m seed=0,1 model=kmeans"]


def test_only_what_stands_between_the_comments_changes() -> None:
    assert note().fill(["| new |"]) == TEXT.replace("| old |", "| new |")
    assert note().specs[0]["runs"] == {"one": "seed=0"}


@pytest.mark.parametrize("broken", ["of: [", "runs: 1"])
def test_a_table_that_says_nothing_is_told_by_its_line(broken: str) -> None:
    with pytest.raises(ConfigError, match=r"0009_question\.md, line 9"):
        _ = note(TEXT.replace("of: runs\nruns: {one: seed=0}", broken)).specs


def test_notes_are_chosen_by_number(tmp_path: Path) -> None:
    for number in ("0002", "0010"):
        (tmp_path / f"{number}_x.md").write_text("x", encoding="utf-8")
    (tmp_path / "README.md").write_text("x", encoding="utf-8")
    assert [one.number for one in read_notes(tmp_path, [])] == ["0002", "0010"]
    assert [one.number for one in read_notes(tmp_path, ["2"])] == ["0002"]
    with pytest.raises(ConfigError, match=r"notes=0003: no such note\. There are: 0002, 0010"):
        read_notes(tmp_path, ["3"])


def test_a_multirun_is_every_combination() -> None:
    jobs = list_jobs("python src/run.py -m seed=0,1 features=rfm,[rfm,rhythm] model=kmeans")
    assert jobs == [
        (f"seed={seed}", f"features={features}", "model=kmeans")
        for seed in (0, 1)
        for features in ("rfm", "[rfm,rhythm]")
    ]


def test_several_values_without_m_are_refused() -> None:
    with pytest.raises(ConfigError, match="several values need -m"):
        list_jobs("python src/run.py seed=0,1")


@pytest.mark.parametrize("command", ["rm -rf /", "python src/forget.py customer=1", "sh src/run.py"])
def test_a_note_runs_nothing_but_runs_and_comparisons(command: str) -> None:
    with pytest.raises(ConfigError, match="nothing else"):
        find_command(command)
