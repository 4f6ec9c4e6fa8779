"""How fast the command answers when nothing has to be computed: `python bench/startup.py`."""

import subprocess
import sys

from segmentlab.lab.config.folders import ROOT
from side_by_side import medians, python, show

RUN = [sys.executable, str(ROOT / "src" / "run.py")]


def main() -> None:
    """Print the table."""
    times = medians(
        9,
        import_hydra=python("import hydra"),
        help=[*RUN, "--help"],
        config_error=may_fail([*RUN, "modle=kmeans"]),
    )
    show("Answers without work", times, "import_hydra", {"help": 3, "config_error": 3})


def may_fail(command: list[str]) -> list[str]:
    """The same command for a shell that forgives exit code 2, which is what an error has to give."""
    assert subprocess.run(command, check=False, capture_output=True).returncode == 2
    return ["sh", "-c", '"$@" || test $? = 2', "sh", *command]


if __name__ == "__main__":
    main()
