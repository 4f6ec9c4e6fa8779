"""Run one experiment, from transactions to segments: `python src/run.py model=kmeans features=rfm`."""

import hydra
from omegaconf import DictConfig

from segmentlab.lab.cli.entry import entry, make_task
from segmentlab.lab.config.folders import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="run")
@make_task
def main(config: DictConfig) -> None:
    """One job: everything slow to import waits until the configuration is known to be right."""
    from segmentlab.lab.cli.run import run_experiment

    run_experiment(config)


if __name__ == "__main__":
    entry(main, "run")
