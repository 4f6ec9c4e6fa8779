"""Score customers with a model of the store: `python src/score.py output=scored.parquet`."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("score")
