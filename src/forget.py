"""Delete what the history keeps of one customer: `python src/forget.py customer=12345`."""

import hydra
from omegaconf import DictConfig

from segmentlab.command.entry import entry, task
from segmentlab.repository import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="forget")
@task
def main(config: DictConfig) -> None:
    """One deletion, in one transaction."""
    from segmentlab.command.forgetting import forget

    forget(config)


if __name__ == "__main__":
    entry(main, "forget")
