"""See whether a segmentation still fits: `python src/monitor.py data=...`. Exits with 1 when to look."""

import hydra
from omegaconf import DictConfig

from segmentlab.lab.cli.entry import entry, make_task
from segmentlab.lab.config.folders import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="monitor")
@make_task
def main(config: DictConfig) -> None:
    """One look: everything slow to import waits until the configuration is known to be right."""
    from segmentlab.lab.cli.monitor import monitor_model

    monitor_model(config)


if __name__ == "__main__":
    entry(main, "monitor")
