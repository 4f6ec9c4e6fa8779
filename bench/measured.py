"""Makes docs/measured.md of what the benches of speed print: `python bench/measured.py [rfm warm_run ...]`.

Benches that are named run, or all of them, which takes most of an hour on a quiet machine; what is known of
the others stays on the page. Two need the real files, in the folder `SEGMENTLAB_DATA`, and else are left out.
"""

import argparse
import os
import subprocess
import sys
from datetime import date
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parent.parent
PAGE: Final = ROOT / "docs" / "measured.md"
BENCHES: Final = {
    "warm_run": ("The command of the front page, warm", []),
    "lab": ("A laboratory", []),
    "rfm": ("A million lines of CSV", []),
    "large_log": ("Ten million lines of Parquet", []),
    "excel": ("A workbook of a million lines", []),
    "many_customers": ("Ten million customers of one line", []),
    "evidence": ("Full evidence against a plain loop", ["--parts", "full"]),
    "tuning_workers": ("Two workers of a study", []),
}
OF_REAL_FILES: Final = ("rfm", "excel")
HEAD: Final = """# Measured

What the benches of speed print; `python bench/measured.py` runs them and makes this page. Every way is
measured in turn, in processes of their own; times are medians. Ratios say more than seconds, which are those
of one machine. What is marked MISSED was promised and is not reached; [decisions/sums.md](decisions/sums.md)
says where reading spends its time, and [scale.md](scale.md) what Spark costs.
"""


def main() -> None:
    """Run what is asked for, and write the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="bench", help=", ".join(BENCHES))
    possible = [name for name in BENCHES if "SEGMENTLAB_DATA" in os.environ or name not in OF_REAL_FILES]
    asked = parser.parse_args().names or possible
    if unknown := set(asked) - set(BENCHES):
        parser.error(f"there is no bench {', '.join(sorted(unknown))}")
    sections = read_sections()
    for name in asked:
        sections[name] = run_bench(name)
        known = [sections[each] for each in BENCHES if each in sections]
        PAGE.write_text("\n".join([HEAD, *known]), encoding="utf-8")


def read_sections() -> dict[str, str]:
    """What is on the page already, by the name of the bench."""
    parts = PAGE.read_text(encoding="utf-8").split("\n## ")[1:] if PAGE.exists() else []
    titles = {title: name for name, (title, _) in BENCHES.items()}
    return {
        titles[part.splitlines()[0]]: f"## {part.strip()}\n"
        for part in parts
        if part.splitlines()[0] in titles
    }


def run_bench(name: str) -> str:
    """A section: what was run, when and where, and what it printed."""
    title, options = BENCHES[name]
    print(f"{title} ...", flush=True)
    busy = os.getloadavg()[0]
    command = [f"bench/{name}.py", *options]
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, check=True, stdout=subprocess.PIPE, text=True
    ).stdout.strip("\n")
    where = f"{date.today():%Y-%m-%d}, {os.cpu_count()} processors, {busy:.1f} of them busy before"
    return f"## {title}\n\n`python {' '.join(command)}`, {where}.\n\n```text\n{done}\n```\n"


if __name__ == "__main__":
    main()
