"""Score customers with a model of the store: `python src/score.py output=scored.parquet`."""

import hydra
from omegaconf import DictConfig

from segmentlab.lab.cli.entry import entry, make_task
from segmentlab.lab.config.folders import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="score")
@make_task
def main(config: DictConfig) -> None:
    """One scoring: everything slow to import waits until the configuration is known to be right."""
    from segmentlab.lab.cli.score import score_customers

    score_customers(config)


if __name__ == "__main__":
    entry(main, "score")
