"""Make the lab notebook again, its runs and its tables: `python src/notebook.py`."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("notebook")
