"""The house keeps its shape: which rooms there are, what each hands on, and who may import whom."""

import ast
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

import segmentlab
from segmentlab.lab.config.folders import ROOT

PACKAGE = Path(segmentlab.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py")

# From top to bottom, as data flows. A room knows the rooms above it, never those below.
CORE = (
    "transactions",
    "value",
    "features",
    "modelling",
    "evaluation",
    "segments",
    "goods",
    "campaigns",
    "flow",
    "report",
)
LAB = (
    "names",
    "config",
    "tracking",
    "outputs",
    "nights",
    "history",
    "campaign_history",
    "cache",
    "tuning",
    "experiment",
    "cli",
    "notebook",
    "dashboard",
    "live",
)
ROOMS = (*CORE, *(f"lab.{name}" for name in LAB), "testing")
# Who may know which tool; nobody else does.
TOOLS = {
    "hydra": {"lab.config", "lab.cli", "lab.notebook"},
    "omegaconf": {"lab.config", "lab.experiment", "lab.cli", "lab.notebook", "lab.live"},
    "optuna": {"lab.tuning"},
    "mlflow": {"lab.tracking"},
    "pyspark": {"transactions"},
    "streamlit": {"lab.dashboard"},
    "fastapi": {"lab.live"},
    "starlette": {"lab.live"},
    "uvicorn": {"lab.live"},
}
LOOSE = {"errors", "redaction"}  # modules that belong to no room, for everybody
FORMER = {"tracking", "tracking.scorer_file"}  # models of 0.1.0 name their loader by its path


def name_of(path: Path) -> str:
    """The dotted name of a module, without the package's own."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(name: str) -> str:
    """The room that a dotted name stands in."""
    return next((room for room in ROOMS if name == room or name.startswith(f"{room}.")), name)


def imported(path: Path) -> Iterator[tuple[str, str]]:
    """Every module that a file imports, wherever in the file, and the name that it wants of it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((name.name, "") for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            yield from ((str(node.module), name.name) for name in node.names)


def own_imports(path: Path) -> Iterator[tuple[str, str]]:
    """Those of our own package, without its name."""
    for module, name in imported(path):
        if module.startswith("segmentlab."):
            yield module.removeprefix("segmentlab."), name


def handed_on(room: str) -> dict[str, str]:
    """What a room hands on to others, each name with the module that it stands in."""
    stub = PACKAGE.joinpath(*room.split(".")) / "__init__.pyi"
    if not stub.is_file():
        return {}
    tree = ast.parse(stub.read_text(encoding="utf-8"))
    nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    return {alias.name: str(node.module) for node in nodes for alias in node.names}


def test_every_module_stands_in_a_room() -> None:
    """Nothing escapes the tests below."""
    rooms = {room_of(name_of(path)) for path in MODULES}
    assert rooms - set(ROOMS) <= {*LOOSE, *FORMER, "lab", "__main__"}
    assert rooms >= set(ROOMS)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_tools_stay_in_their_rooms(path: Path) -> None:
    for module, _ in imported(path):
        allowed = TOOLS.get(module.split(".")[0])
        assert allowed is None or room_of(name_of(path)) in allowed, f"{path.name} imports {module}"


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_module_imports_only_what_rooms_above_hand_on(path: Path) -> None:
    own = room_of(name_of(path))
    for module, name in own_imports(path):
        other = room_of(module)
        if other == own or module in LOOSE:
            continue
        assert own not in ROOMS or ROOMS.index(other) < ROOMS.index(own), f"{own} is above {other}"
        assert module == other, f"{path.name} imports {module}; ask the room: from segmentlab.{other}"
        if PACKAGE.joinpath(*other.split(".")).is_dir():
            assert name in handed_on(other), f"segmentlab.{other} does not hand on {name}"


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_hands_on_what_exists_and_says_what_lives_there(room: str) -> None:
    folder = PACKAGE.joinpath(*room.split("."))
    if not folder.is_dir():
        return
    tree = ast.parse((folder / "__init__.py").read_text(encoding="utf-8"))
    assert len(ast.get_docstring(tree) or "") > 60, f"{room} does not say what lives there"
    modules = {path.stem for path in folder.glob("*.py")} | {path.name for path in folder.iterdir()}
    for name, module in handed_on(room).items():
        assert not name.startswith("_"), f"{room} hands on {name}, which is private"
        assert name not in modules, f"{room}.{name} is a module too: which of them is meant?"
        source = folder.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
        assert name in defined(ast.parse(source)), f"{room}.{module} has no {name}"


def test_no_two_public_names_are_alike_in_two_rooms() -> None:
    where: dict[str, set[str]] = {}
    for room in ROOMS:
        for name in handed_on(room):
            where.setdefault(name, set()).add(room)
    assert {name: rooms for name, rooms in where.items() if len(rooms) > 1} == {}


def defined(tree: ast.Module) -> set[str]:
    """The names that a module defines at its top."""
    found: set[str] = set()
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            found.add(node.name)
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            found |= {leaf.id for top in targets for leaf in ast.walk(top) if isinstance(leaf, ast.Name)}
    return found


def test_modules_import_each_other_in_no_circle() -> None:
    graph = {name_of(path): set(runtime_imports(path)) for path in MODULES}
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


def runtime_imports(path: Path) -> Iterator[str]:
    """Our modules that are imported at the top; others run later or never."""
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("segmentlab."):
            module = str(node.module).removeprefix("segmentlab.")
            homes = handed_on(module)
            for alias in node.names:
                yield f"{module}.{homes.get(alias.name, alias.name)}"  # what is no module has no imports
                yield module


def test_functions_and_files_stay_readable() -> None:
    for path in MODULES:
        tree = ast.parse(path.read_text(encoding="utf-8"))
        assert len(path.read_text(encoding="utf-8").splitlines()) <= 350, path
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 60, f"{path.name}:{node.lineno} {node.name}"


def test_nothing_else_lies_at_the_top() -> None:
    """What a command left there, such as models and scores, was once committed with the rest."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=900
    )
    if listed.returncode:
        pytest.skip("no repository here, so nobody knows what belongs to it")
    found = {name.split("/")[0] for name in listed.stdout.splitlines()}
    folders = {"bench", "conf", "docs", "experiments", "mlruns", "src", "tests"}
    files = {"CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "pyproject.toml"}
    assert {name for name in found if not name.startswith(".")} == folders | files | {"requirements.lock"}
