"""Score customers with a model of the store: `python src/score.py output=scored.parquet`."""

import hydra
from omegaconf import DictConfig

from segmentlab.command.entry import entry, task
from segmentlab.repository import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="score")
@task
def main(config: DictConfig) -> None:
    """One scoring: everything slow to import waits until the configuration is known to be right."""
    from segmentlab.command.scoring import score

    score(config)


if __name__ == "__main__":
    entry(main, "score")
