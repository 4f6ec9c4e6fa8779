"""The house keeps its shape: who may import whom."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from segmentlab.repository import ROOT

PACKAGE = ROOT / "src" / "segmentlab"
MODULES = sorted(PACKAGE.rglob("*.py"))

# The flow, from left to right. A room knows the rooms before it, never those after it.
ROOMS = ("transactions", "features", "modelling", "evaluation", "segments", "comparing", "watching", "report")
TOOLS = {
    "hydra": {"build.py", "settings.py", "command"},
    "omegaconf": {"build.py", "settings.py", "command"},
    "optuna": {"tuning"},
    "mlflow": {"tracking"},
    "pyspark": {"engine"},
}
# Words that everybody may use.
SHARED = {"errors", "items", "repository", "steps"}


def imported(path: Path) -> Iterator[str]:
    """Every module that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield str(node.module)


def place(path: Path) -> str:
    """The room of a module, or its file name at the top."""
    return path.relative_to(PACKAGE).parts[0]


def test_there_is_something_to_check() -> None:
    assert {place(path) for path in MODULES} >= {*ROOMS, "tracking", "command", "pipeline.py"}


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_tools_stay_at_the_edge(path: Path) -> None:
    for name in imported(path):
        allowed = TOOLS.get(name.split(".")[0])
        assert allowed is None or place(path) in allowed, f"{path.name} imports {name}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_rooms_to_its_left(room: str) -> None:
    known = {*ROOMS[: ROOMS.index(room) + 1], *SHARED}
    for path in (PACKAGE / room).rglob("*.py"):
        for name in imported(path):
            parts = name.split(".")
            if parts[0] == "segmentlab" and len(parts) > 1:
                assert parts[1] in known, f"{path.relative_to(PACKAGE)} imports {name}"


def test_modules_import_each_other_in_no_circle() -> None:
    graph = {
        module_name(path): {n for n in runtime_imports(path) if n.startswith("segmentlab.")}
        for path in MODULES
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " -> ".join([*path, name])
        if name not in done:
            for target in graph.get(name, ()):
                visit(target, (*path, name))
            done.add(name)

    for name in graph:
        visit(name, ())
    assert done >= set(graph)


def module_name(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def runtime_imports(path: Path) -> Iterator[str]:
    """Imports at the top of a module; those inside functions and TYPE_CHECKING run later or never."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom):
            inner = [f"{node.module}.{name.name}" for name in node.names]
            yield from (name if is_module(name) else str(node.module) for name in inner)
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)


def is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return path.is_dir() or path.with_suffix(".py").is_file()


def test_functions_and_files_stay_readable() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 60, f"{path.name}:{node.lineno} {node.name}"
