"""Files of choices are counted before they are read, so that nobody waits for a bomb."""

import os
import sys
from pathlib import Path

import pytest

from segmentlab.errors import ConfigError
from segmentlab.lab.config.choice_files import (
    DEEPEST,
    MOST_BYTES,
    MOST_VALUES,
    check_choice_file,
    check_choice_files,
)
from segmentlab.lab.config.folders import CONF, ROOT
from tests.bad_input.files import make_bomb_yaml
from tests.warm import Warm


def write(folder: Path, text: str) -> Path:
    place = folder / "mine.yaml"
    place.write_text(text)
    return place


def test_all_of_ours_may_be_read() -> None:
    for path in (*CONF.rglob("*.yaml"), *(ROOT / "experiments").glob("*.yaml")):
        check_choice_file(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: &a {x: *a}\n" + "b: [" + "1," * MOST_VALUES + "]", f"more than {MOST_VALUES:,} values"),
        ("[" * (DEEPEST + 1), f"more than {DEEPEST} lists or mappings"),
        ("a: {b", "not readable as YAML"),
        ("# " + "x" * MOST_BYTES, "bytes; a file of choices has 1,048,576 at most"),
    ],
)
def test_what_would_take_too_long_is_refused(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        check_choice_file(write(tmp_path, text))


def test_aliases_count_as_what_they_stand_for(tmp_path: Path) -> None:
    tens = "a: &a [1,1,1,1,1,1,1,1,1,1]\n"
    tens += "b: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b]\n"
    check_choice_file(write(tmp_path, tens))
    with pytest.raises(ConfigError, match="with its aliases"):
        check_choice_file(
            write(tmp_path, tens + "d: [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c]\n")
        )


def test_folders_of_a_flag_are_looked_at(tmp_path: Path) -> None:
    make_bomb_yaml(tmp_path / "mine.yaml")
    for words in (["--config-dir", str(tmp_path)], [f"--config-dir={tmp_path}"], ["-cd", str(tmp_path)]):
        with pytest.raises(ConfigError, match=r"mine\.yaml: with its aliases"):
            check_choice_files(words)


@pytest.mark.slow  # a process of its own
def test_a_command_that_reads_much_ends_when_it_is_told_to(tmp_path: Path) -> None:
    """Within the bounds a file may still take a while."""
    (tmp_path / "experiments").mkdir()
    values = ", ".join(f"k{number}: {number}" for number in range(MOST_VALUES // 2 - 10))
    (tmp_path / "experiments" / "mine.yaml").write_text(
        f"# @package _global_\nmodel:\n  much: {{{values}}}\n"
    )
    command = [
        sys.executable,
        str(ROOT / "src" / "run.py"),
        "experiment=mine",
        "tracking.uri=sqlite:///none.db",
    ]
    running = Warm(command, tmp_path, dict(os.environ))
    running.terminate_when_busy()
    assert running.wait() == 130
    assert "Stopped" in running.communicate()[1]
