"""Every example in a docstring works when it is pasted as it stands, and prints what it says."""

import doctest
from importlib import import_module
from pathlib import Path

import pytest

import segmentlab
from segmentlab.evaluation.checks import check

PACKAGE = Path(segmentlab.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if ">>> " in path.read_text(encoding="utf-8"))
assert MODULES, "no module has an example"


def name_of(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_the_examples_of_a_module_run(path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(check, "_CHECKS", dict(check._CHECKS))  # an example registers one of its own
    # Whoever pastes an example has only what it imports itself, so it gets none of the module's own names.
    found = doctest.testmod(import_module(name_of(path)), globs={}, optionflags=doctest.ELLIPSIS)
    assert found.attempted, "the module has examples in no docstring of its own"
    assert not found.failed, "what failed stands above"
