"""See what goes together: `python src/baskets.py data=...`, overall and in each segment of a run."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("baskets")
