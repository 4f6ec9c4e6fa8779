"""Promote the best run to champion, or say what speaks against it: `python src/promote.py`."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("promote")
