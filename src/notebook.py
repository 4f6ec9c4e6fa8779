"""Make the lab notebook again, its runs and its tables: `python src/notebook.py`."""

import hydra
from omegaconf import DictConfig

from segmentlab.lab.cli.entry import entry, make_task
from segmentlab.lab.config.folders import CONF


@hydra.main(version_base="1.3", config_path=str(CONF), config_name="notebook")
@make_task
def main(config: DictConfig) -> None:
    """One reading of the notebook, from its commands to its tables."""
    from segmentlab.lab.notebook.make import make_notebook

    make_notebook(config)


if __name__ == "__main__":
    entry(main, "notebook")
