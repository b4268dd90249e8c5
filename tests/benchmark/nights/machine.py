"""What machine a benchmark ran on, and with which versions."""

from __future__ import annotations

import os
import platform
import re
import shutil
import subprocess
from importlib.metadata import version
from pathlib import Path

_PACKAGES = ("pyspark", "delta-spark", "deltalake", "duckdb", "polars", "pyarrow")


def machine() -> dict[str, str]:
    """Cores, memory, load, and versions."""
    with Path("/proc/cpuinfo").open(encoding="utf-8") as lines:
        model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "?")
    return {
        "cores": f"{os.cpu_count()} ({model})",
        "memory": f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') / 2**30:.1f} GiB",
        "load before": " ".join(f"{each:.1f}" for each in os.getloadavg()),
        "system": platform.platform(),
        "Java": _java(),
        "Python": platform.python_version(),
        **{name: version(name) for name in _PACKAGES},
    }


def _java() -> str:
    home = os.environ.get("JAVA_HOME")
    java = f"{home}/bin/java" if home else shutil.which("java") or "java"
    said = subprocess.run([java, "-version"], capture_output=True, text=True, check=False).stderr
    found = re.search(r'"([^"]+)"', said)
    return found[1] if found else "?"
