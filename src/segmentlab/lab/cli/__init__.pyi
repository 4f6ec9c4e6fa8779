from .entry import prepare_hydra as prepare_hydra
from .guidance import complete_overlay as complete_overlay
from .run import run_experiment as run_experiment
