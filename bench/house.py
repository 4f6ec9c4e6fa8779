"""How the house stands: files, rooms, names and docstrings, counted from the code, beside what we aim at.

`python bench/house.py` counts this checkout, `python bench/house.py FOLDER` the package in another one.
"""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[1]
SMALL, LONG = 50, 250


def main(root: Path) -> None:
    """One line per figure."""
    package = root / "src" / "segmentlab"
    files = {path: path.read_text(encoding="utf-8") for path in sorted(package.rglob("*.py"))}
    lines = {path: len(text.splitlines()) for path, text in files.items() if path.name != "__init__.py"}
    trees = [ast.parse(text) for text in files.values()]
    longest = max(lines, key=lambda path: lines[path])
    loose = [path.name for path in package.glob("*.py") if not path.name.startswith("__")]
    documented = [text for tree in trees for text in docstrings(tree)]
    taught = sum(">>>" in text for text in documented)
    told = {
        "files, with __init__": f"{len(files)}",
        "median lines, without __init__": f"{median(lines.values()):.0f}",
        "longest": f"{lines[longest]} ({longest.relative_to(package)})",
        f"files of {SMALL} lines or fewer": f"{sum(n <= SMALL for n in lines.values()) / len(lines):.0%}",
        f"files of more than {LONG} lines": f"{sum(n > LONG for n in lines.values())}",
        "modules loose at the top": f"{len(loose)} ({', '.join(loose)})",
        "private functions used once": f"{share_used_once(files):.0%}",
        "public docstrings": f"{len(documented)}, {taught} with an example",
        "import segmentlab, processor seconds": f"{seconds_to_import(root):.3f}",
    }
    for name, value in told.items():
        sys.stdout.write(f"{name:40}{value}\n")


def docstrings(tree: ast.Module) -> Iterator[str]:
    """Those of public functions and classes."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            yield ast.get_docstring(node) or ""


def share_used_once(files: dict[Path, str]) -> float:
    """Of the private functions at the top of a module, those that their module calls in one place."""
    once = found = 0
    for text in files.values():
        tree = ast.parse(text)
        names = [node.id for node in ast.walk(tree) if isinstance(node, ast.Name)]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("_"):
                found, once = found + 1, once + (names.count(node.name) == 1)
    return once / found


def seconds_to_import(root: Path) -> float:
    """Beyond what Python itself takes to start; the median of five processes each."""
    bare, whole = ([spent(root, code) for _ in range(5)] for code in ("", "import segmentlab"))
    return median(whole) - median(bare)


def spent(root: Path, code: str) -> float:
    """Processor seconds of a process of its own."""
    script = (
        f"import sys, time; sys.path.insert(0, {str(root / 'src')!r})\n{code}\nprint(time.process_time())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return float(done.stdout)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT)
