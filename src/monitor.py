"""See whether a segmentation still fits: `python src/monitor.py data=...`. Exits with 1 when to look."""

import hydra
from omegaconf import DictConfig

from segmentlab.command.entry import entry, task
from segmentlab.repository import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="monitor")
@task
def main(config: DictConfig) -> None:
    """One look: everything slow to import waits until the configuration is known to be right."""
    from segmentlab.command.monitoring import monitor

    monitor(config)


if __name__ == "__main__":
    entry(main, "monitor")
