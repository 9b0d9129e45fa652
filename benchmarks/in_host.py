# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs on a host of the lab: times programs there, in turn. Standard library of the host's own Python.

Standard input is JSON: {"runs": 5, "steps": [{"name": ..., "before": [argv, ...], "program": path}, ...]}. Each round
runs every step once: first what stands in `before`, which is not timed, then the program. Standard output is a list of
{"name", "seconds", "cpu_seconds", "result"} in the order of the runs; the first round warms up and is left out.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time


def main() -> None:
    """All rounds."""
    task = json.load(sys.stdin)
    taken = []
    for round_number in range(task["runs"] + 1):
        for step in task["steps"]:
            for command in step.get("before", ()):
                subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            started, worked = time.perf_counter(), children()
            ended = subprocess.run(
                [sys.executable, step["program"]], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
            )
            seconds, processor = time.perf_counter() - started, children() - worked
            if round_number:
                spent = {"seconds": seconds, "cpu_seconds": processor}
                taken.append({"name": step["name"], **spent, "result": result(ended)})
    json.dump(taken, sys.stdout)


def children() -> float:
    """CPU seconds of the programs that have ended: what another load of the machine does not change much."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def result(ended: subprocess.CompletedProcess[str]) -> dict[str, object]:
    """What the module says, without its long lists."""
    try:
        said = json.loads(ended.stdout)
    except ValueError:
        return {"failed": True, "msg": ended.stdout + ended.stderr}
    return {key: said.get(key) for key in ("changed", "failed", "msg", "prediction_exact", "measured")}


if __name__ == "__main__":
    main()
