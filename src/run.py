"""Run one experiment, from transactions to segments: `python src/run.py model=kmeans features=rfm`."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("run")
