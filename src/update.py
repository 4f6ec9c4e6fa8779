"""Score from kept sums, adding what is new: `python src/update.py data.path=new output=scored.parquet`."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("update")
