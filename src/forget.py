"""Delete what the history keeps of one customer: `python src/forget.py customer=12345`."""

import hydra
from omegaconf import DictConfig

from segmentlab.lab.cli.entry import entry, make_task
from segmentlab.lab.config.folders import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="forget")
@make_task
def main(config: DictConfig) -> None:
    """One deletion, in one transaction."""
    from segmentlab.lab.cli.forget import forget_customer

    forget_customer(config)


if __name__ == "__main__":
    entry(main, "forget")
