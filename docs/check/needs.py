"""What a command needs that not every machine has: found in its text, and looked for on this machine."""

import importlib.util
import os
import shutil
from pathlib import Path

# what a text says -> what it needs, in the words of SEGMENTLAB_REQUIRE
NEEDS = {
    "data=online_retail": "realdata",
    "data=mall": "realdata",
    "engine=spark": "spark",
    "make spark": "spark",
    "postgresql": "postgres",
}
LACKING = {
    "realdata": "SEGMENTLAB_DATA is not set",
    "spark": "there is no PySpark, or no Java",
    "postgres": "there is no PostgreSQL",
}


def needs(text: str) -> set[str]:
    """What a text needs."""
    own = "data.path=" in text  # data=mall with a file of one's own needs nothing
    return {need for word, need in NEEDS.items() if word in text and not (need == "realdata" and own)}


def missing() -> set[str]:
    """What this machine lacks. What SEGMENTLAB_REQUIRE names, as CI does, may not be missing."""
    there = {
        "realdata": bool(os.environ.get("SEGMENTLAB_DATA")),
        "spark": bool(
            importlib.util.find_spec("pyspark") and (shutil.which("java") or os.environ.get("JAVA_HOME"))
        ),
        "postgres": bool(shutil.which("initdb") or list(Path("/usr/lib/postgresql").glob("*/bin/initdb"))),
    }
    lacking = {need for need, found in there.items() if not found}
    required = lacking & set(os.environ.get("SEGMENTLAB_REQUIRE", "").split(","))
    if required:
        raise ValueError(f"SEGMENTLAB_REQUIRE names {', '.join(sorted(required))}, and it is not here")
    return lacking
