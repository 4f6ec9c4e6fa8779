"""Compare the runs of the store, only where they can be compared: `python src/compare.py`."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("compare")
