"""Take in, check, score, watch and publish: `python src/nightly.py output=scored.parquet`, every night."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("nightly")
