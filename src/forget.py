"""Delete what the history keeps of one customer: `python src/forget.py customer=12345`."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("forget")
