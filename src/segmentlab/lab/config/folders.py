"""Where the repository lies, so that nothing depends on the folder a command is typed in."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[4]
CONF = ROOT / "conf"
EXPERIMENTS = ROOT / "experiments"
