"""Compare the runs of the store, only where they can be compared: `python src/compare.py`."""

import hydra
from omegaconf import DictConfig

from segmentlab.lab.cli.entry import entry, make_task
from segmentlab.lab.config.folders import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="compare")
@make_task
def main(config: DictConfig) -> None:
    """One comparison: everything slow to import waits until the configuration is known to be right."""
    from segmentlab.lab.cli.compare import compare_runs

    compare_runs(config)


if __name__ == "__main__":
    entry(main, "compare")
