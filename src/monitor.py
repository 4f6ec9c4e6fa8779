"""See whether a segmentation still fits: `python src/monitor.py data=...`. Exits with 1 when to look."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("monitor")
