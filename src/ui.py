"""Look at the runs in MLflow's pages: `python src/ui.py`."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("ui")
