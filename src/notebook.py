"""Make the lab notebook again, its runs and its tables: `python src/notebook.py`."""

import hydra
from omegaconf import DictConfig

from segmentlab.command.entry import entry, task
from segmentlab.repository import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="notebook")
@task
def main(config: DictConfig) -> None:
    """One reading of the notebook, from its commands to its tables."""
    from segmentlab.command.notebook import make

    make(config)


if __name__ == "__main__":
    entry(main, "notebook")
