"""The fitted scorer as a file that holds data, never code.

skops writes estimators as arrays and names of types. Ours stand there by their short names, which outlive
the modules that classes are in; scikit-learn's stand there as skops writes them. Only types that are trusted
are loaded: skops' own list of scikit-learn, NumPy and SciPy types, the released parts of a scorer, and what
a plug-in registered. A digest from elsewhere tells whether the file is the one that was written.

A copy of this module travels inside every logged model, where MLflow loads the model with it. Models hold
the name of this module, so it never moves.
"""

import dataclasses
import inspect
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast
from zipfile import BadZipFile, ZipFile, ZipInfo

from segmentlab.errors import DataError, SegmentLabError, StoreError
from segmentlab.lab.names import (
    PATHS_OF_0_1_0,
    SCORER_PARTS,
    UnknownNameError,
    find_class,
    find_name,
    find_place,
    read_name,
    register_name,
)

if TYPE_CHECKING:
    import pandas as pd

    from segmentlab.modelling import Scorer


DIGEST_KEY: Final = "sha256"
PLUGIN_KEY: Final = "plugins"
SCHEMA_FILE: Final = "schema.json"
NAMESPACE: Final = "segmentlab"  # the module of a short name: skops knows types as module and class
OTHER_VERSION: Final = (
    "It was made by another version of SegmentLab, or with a plug-in that is not declared here. Use the "
    "version that made it (tag segmentlab.code of its run), or install and declare the plug-in."
)
OTHER_LIBRARIES: Final = (
    "It was made with other versions of its libraries. Install those that its requirements.txt names, or "
    "make the run again."
)

Rename = Callable[[str, str], tuple[str, str]]  # module and class, as they are and as they are to be


def compute_digest(data: bytes) -> str:
    """What a scorer file is recognised by."""
    return sha256(data).hexdigest()


def check_digest(data: bytes, digest: str, path: Path) -> None:
    """Refuse a file of a model that is not the one that was logged."""
    if compute_digest(data) != digest:
        raise StoreError(
            f"The model file '{path}' is not the one that was logged: its SHA-256 is {compute_digest(data)}, "
            f"expected {digest}. It was changed or damaged. Log the model again."
        )


def dump_scorer(scorer: "Scorer") -> bytes:
    """The scorer as the bytes of a skops file that `load_scorer_file` will take."""
    from skops.io import dumps, get_untrusted_types

    data: bytes = dumps(scorer)
    untrusted = get_untrusted_types(data=data)
    names = {path: find_name(":".join(path.rsplit(".", 1)), SCORER_PARTS) for path in untrusted}
    _refuse_strangers([path for path, name in names.items() if name is None], "This model can't be stored")

    def name_type(module: str, own: str) -> tuple[str, str]:
        name = names.get(f"{module}.{own}")
        return (module, own) if name is None else (NAMESPACE, name)

    return _rename_types(data, name_type)


def load_scorer_file(path: Path, digest: str) -> "Scorer":
    """Read a scorer back, if the file is the one with that digest and holds trusted types alone."""
    from skops.io import get_untrusted_types, loads

    stored = path.read_bytes()
    check_digest(stored, digest, path)
    parts: dict[str, str] = {}  # those of the file: where each is today, and its name

    def place_type(module: str, own: str) -> tuple[str, str]:
        named = _read_part(module, own)
        if named is None:
            return module, own
        place = find_place(named)
        parts[".".join(place)] = named
        return place

    try:
        data = _rename_types(stored, place_type)
        strangers = sorted(set(get_untrusted_types(data=data)) - set(parts))
        _refuse_strangers(strangers, f"The model file '{path}' is refused")
        for name in parts.values():
            find_class(name)
        scorer = cast("Scorer", loads(data, trusted=sorted(parts)))
    except UnknownNameError as error:
        raise StoreError(f"The model file '{path}' holds {error}. {OTHER_VERSION}") from error
    except SegmentLabError:  # some of them are a ValueError too
        raise
    except (BadZipFile, ImportError, AttributeError, LookupError, TypeError, ValueError) as error:
        raise StoreError(
            f"The model file '{path}' can't be read here ({error}). {OTHER_LIBRARIES}"
        ) from error
    _fill_new_parameters(scorer)
    return scorer


class ServedScorer(NamedTuple):
    """What `mlflow.pyfunc.load_model` holds; its `unwrap_python_model()` gives the scorer."""

    python_model: "Scorer"

    def predict(self, rows: "pd.DataFrame") -> "pd.DataFrame":
        """`segment`, `name` and `confidence` per row of features.

        What is wrong with a row becomes an error of MLflow's: its server passes on no other's words.
        """
        from mlflow.exceptions import MlflowException

        try:
            return self.python_model.assign(rows)
        except DataError as error:
            raise MlflowException.invalid_parameter_value(str(error)) from error

    def get_raw_model(self) -> "Scorer":
        """The scorer, with all that it can do beside `predict`."""
        return self.python_model


def _load_pyfunc(path: str, model_config: Mapping[str, str]) -> ServedScorer:
    """Where `mlflow.pyfunc.load_model` comes in: this module is the loader that our models name.

    Whoever loads a model in this way runs the code in its folder, so the folder may say what the plug-ins
    are that it needs.
    """
    for name, place in json.loads(model_config.get(PLUGIN_KEY, "{}")).items():
        register_name(name, place)
    return ServedScorer(load_scorer_file(Path(path), model_config[DIGEST_KEY]))


def find_plugin_parts(data: bytes) -> dict[str, str]:
    """The names in a scorer's file that plug-ins brought along, with their places."""
    found: dict[str, str] = {}

    def note(module: str, own: str) -> tuple[str, str]:
        if module == NAMESPACE and own not in SCORER_PARTS:
            found[own] = ":".join(find_place(own))
        return module, own

    _rename_types(data, note)
    return found


def _read_part(module: str, own: str) -> str | None:
    """The name that a file gives to a type; nothing where it is a library's type under its own path."""
    path = f"{module}.{own}"
    if module == NAMESPACE:
        return read_name(own, SCORER_PARTS)
    if module.startswith(f"{NAMESPACE}.") or path in PATHS_OF_0_1_0:
        return read_name(path, SCORER_PARTS)
    return None


def _rename_types(data: bytes, rename: Rename) -> bytes:
    """The same file with other names of types."""
    target = BytesIO()
    with ZipFile(BytesIO(data)) as old, ZipFile(target, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == SCHEMA_FILE:
                schema = json.loads(content)
                for node in _list_typed_nodes(schema):
                    node["__module__"], node["__class__"] = rename(node["__module__"], node["__class__"])
                content = json.dumps(schema).encode()
            new.writestr(ZipInfo(name), content)
    return target.getvalue()


def _list_typed_nodes(node: object) -> Iterator[dict[str, Any]]:
    """The nodes of a schema that name a type; an attribute called `__class__` would be a node itself."""
    if isinstance(node, dict):
        if isinstance(node.get("__class__"), str) and isinstance(node.get("__module__"), str):
            yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _list_typed_nodes(child)


def _refuse_strangers(strangers: Sequence[str], consequence: str) -> None:
    if strangers:
        raise StoreError(
            f"{consequence}: it holds {', '.join(strangers)}, which a loaded model may not bring along. If a "
            "type is yours and harmless, give it a name: in STORED of your plug-in, or for a class of "
            "SegmentLab in SCORER_PARTS of lab/names/released.py."
        )


def _fill_new_parameters(part: object) -> None:
    """Parameters that a class has got since the file was written have their default values.

    Fitted attributes can't be made up: a class that gets a new one gives it a value of its own.
    """
    match part:
        case list() | tuple():
            children = list(part)
        case dict():
            children = list(part.values())
        case type():
            children = []
        case _ if dataclasses.is_dataclass(part) or hasattr(part, "get_params"):
            own = vars(part)
            own.update({name: value for name, value in _list_defaults(type(part)).items() if name not in own})
            children = list(own.values())
        case _:
            children = []
    for child in children:
        _fill_new_parameters(child)


def _list_defaults(kind: type) -> dict[str, object]:
    if dataclasses.is_dataclass(kind):  # a plain default is an attribute of the class already
        made = {field.name: field.default_factory for field in dataclasses.fields(kind)}
        return {name: make() for name, make in made.items() if make is not dataclasses.MISSING}
    parameters = inspect.signature(kind).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}
