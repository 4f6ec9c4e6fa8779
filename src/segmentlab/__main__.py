"""`python -m segmentlab run model=kmeans`, and what the installed command `segmentlab` calls."""

from segmentlab.lab.cli import run_named_command

if __name__ == "__main__":
    run_named_command()
