"""Compare the runs of the store, only where they can be compared: `python src/compare.py`."""

import hydra
from omegaconf import DictConfig

from segmentlab.command.entry import entry, task
from segmentlab.repository import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="compare")
@task
def main(config: DictConfig) -> None:
    """One comparison: everything slow to import waits until the configuration is known to be right."""
    from segmentlab.command.comparison import compare

    compare(config)


if __name__ == "__main__":
    entry(main, "compare")
