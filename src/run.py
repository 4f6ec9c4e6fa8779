"""Run one experiment, from transactions to segments: `python src/run.py model=kmeans features=rfm`."""

import hydra
from omegaconf import DictConfig

from segmentlab.command.entry import entry, task
from segmentlab.repository import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="run")
@task
def main(config: DictConfig) -> None:
    """One job: everything slow to import waits until the configuration is known to be right."""
    from segmentlab.command.experiment import run

    run(config)


if __name__ == "__main__":
    entry(main, "run")
