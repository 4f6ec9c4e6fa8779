"""Promote the best run to champion, or say what speaks against it: `python src/promote.py`."""

import hydra
from omegaconf import DictConfig

from segmentlab.lab.cli.entry import entry, make_task
from segmentlab.lab.config.folders import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="promote")
@make_task
def main(config: DictConfig) -> None:
    """One promotion: everything slow to import waits until the configuration is known to be right."""
    from segmentlab.lab.cli.promote import promote_run

    promote_run(config)


if __name__ == "__main__":
    entry(main, "promote")
