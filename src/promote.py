"""Promote the best run to champion, or say what speaks against it: `python src/promote.py`."""

import hydra
from omegaconf import DictConfig

from segmentlab.command.entry import entry, task
from segmentlab.repository import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="promote")
@task
def main(config: DictConfig) -> None:
    """One promotion: everything slow to import waits until the configuration is known to be right."""
    from segmentlab.command.promotion import promote

    promote(config)


if __name__ == "__main__":
    entry(main, "promote")
