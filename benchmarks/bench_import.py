"""What `import crmlib` costs beside `import pandas`: fresh processes, taken in turn."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time

ROUNDS, TARGET = 15, 1.3


def seconds(module: str) -> float:
    """Wall time of a fresh interpreter that imports `module` and ends."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-c", f"import {module}"], check=True)
    return time.perf_counter() - start


def main() -> None:
    """Print the ratio of the shortest and of the middle times."""
    for module in ("pandas", "crmlib"):
        seconds(module)
    times: dict[str, list[float]] = {"pandas": [], "crmlib": []}
    for _ in range(ROUNDS):
        for module, taken in times.items():
            taken.append(seconds(module))
    for name, pick in (("min", min), ("median", statistics.median)):
        pandas, crmlib = pick(times["pandas"]), pick(times["crmlib"])
        print(f"{name:6}  pandas {pandas:.3f} s  crmlib {crmlib:.3f} s  ratio {crmlib / pandas:.2f}  (target at most {TARGET})")


if __name__ == "__main__":
    main()
