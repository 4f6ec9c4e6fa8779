"""Writes what a run learnt as the folder of an MLflow model.

`mlflow.pyfunc.log_model` would also compare the requirements with everything installed (0.3 s), score
the example, and write the paths of this machine into the model. None of it is needed: what a model
consists of is known here.
"""

import json
import platform
import shutil
from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import packages_distributions, version
from pathlib import Path
from sysconfig import get_path
from typing import TYPE_CHECKING

import segmentlab
from segmentlab.lab.names import list_package_files
from segmentlab.lab.tracking import scorer_file
from segmentlab.lab.tracking.scorer_file import DIGEST_KEY, PLUGIN_KEY, compute_digest, find_plugin_parts

if TYPE_CHECKING:
    import pandas as pd
    from mlflow.models import Model, ModelSignature


SCORER_FILE, RECIPE_FILE = "scorer.skops", "recipe.plain"
OWN_PACKAGE = Path(segmentlab.__file__).parent
# Our code that a model needs where segmentlab is not installed.
CODE_FILES = (
    "__init__.py",
    "__init__.pyi",
    "errors.py",
    "features/__init__.py",
    "features/__init__.pyi",
    "features/finite.py",
    "modelling",
    "lab/__init__.py",
    "lab/names",
    "lab/tracking/__init__.py",
    "lab/tracking/__init__.pyi",
    "lab/tracking/scorer_file.py",
)
# What that code and the file need. Found by hand: MLflow's own search takes seconds and a process.
MODEL_REQUIREMENTS = ("lazy-loader", "mlflow", "numpy", "pandas", "scikit-learn", "scipy", "skops")


def write_model_folder(
    folder: Path, description: "Model", files: Mapping[str, bytes], example: "pd.DataFrame"
) -> None:
    """Fill the empty folder with everything that `mlflow.pyfunc.load_model` needs on another machine.

    It takes rows of features, so the recipe lies beside the scorer for those who have transactions.
    """
    for name, data in files.items():
        (folder / name).write_bytes(data)
    plugins = find_plugin_parts(files[SCORER_FILE])
    _write_code(folder / "code" / OWN_PACKAGE.name)
    _write_environment(folder, _write_plugins(folder / "code", plugins.values()))
    rows = example.reset_index(drop=True)  # an example needs no customer ids
    rows.to_json(folder / "input_example.json", orient="split", index=False)
    description.saved_input_example_info = {
        "artifact_path": "input_example.json",
        "type": "dataframe",
        "pandas_orient": "split",
    }
    description.signature = _write_signature(rows)
    description.add_flavor(
        "python_function",
        loader_module=scorer_file.__name__,
        predict_fn="predict",
        data=SCORER_FILE,
        code="code",
        config={DIGEST_KEY: compute_digest(files[SCORER_FILE]), PLUGIN_KEY: json.dumps(plugins)},
        env={"virtualenv": "python_env.yaml"},
        python_version=platform.python_version(),
    )
    description.save(str(folder / "MLmodel"))


def _write_code(package: Path) -> None:
    for part in CODE_FILES:
        source, target = OWN_PACKAGE / part, package / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)


def _write_plugins(code: Path, places: Iterable[str]) -> list[str]:
    """Copy the user's own packages that the scorer has parts of; the names of those that pip installed."""
    installed = []
    for package in sorted({place.partition(":")[0].partition(".")[0] for place in places}):
        files = list_package_files(package)
        if any(path.is_relative_to(get_path("purelib")) for path in files.values()):
            installed += packages_distributions().get(package, [])[:1]
            continue
        for name, path in files.items():
            (code / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, code / name)
    return installed


def _write_environment(folder: Path, plugins: Sequence[str]) -> None:
    pinned = [f"{name}=={version(name)}\n" for name in (*MODEL_REQUIREMENTS, *plugins)]
    (folder / "requirements.txt").write_text("".join(pinned), encoding="utf-8")
    environment = {
        "python": platform.python_version(),
        "build_dependencies": ["pip"],
        "dependencies": ["-r requirements.txt"],
    }
    # JSON is YAML.
    (folder / "python_env.yaml").write_text(json.dumps(environment, indent=1), encoding="utf-8")


def _write_signature(rows: "pd.DataFrame") -> "ModelSignature":
    """Said, not inferred: inference would load the model and score with it.

    Columns are of any type for MLflow: under `double` it refuses the whole numbers of a count, and of a value
    that is none it does not say in which row it stands. The scorer does.
    """
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    inputs = Schema([ColSpec(AnyType(), name) for name in rows.columns])  # type: ignore[no-untyped-call]
    outputs = Schema([ColSpec("long", "segment"), ColSpec("string", "name"), ColSpec("double", "confidence")])
    return ModelSignature(inputs, outputs)
