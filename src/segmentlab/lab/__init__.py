"""The laboratory around the core: command line, configuration, tracking, tuning, notebook.

The rooms in here are the only ones that know Hydra, MLflow and Optuna, each in its own room.
"""
