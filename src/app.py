"""Look at segments and runs in a dashboard: `python src/app.py`."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("app")
