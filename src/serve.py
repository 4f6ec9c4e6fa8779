"""Take purchases as they happen and answer where customers stand: `python src/serve.py`."""

from segmentlab.lab.cli import run_command

if __name__ == "__main__":
    run_command("serve")
