# SPDX-License-Identifier: GPL-3.0-or-later
"""What benchmarks share: the time of a task, without Ansible's own start, and what is done with the figures."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from tools.prepare import lay_out_tree


def run_task(
    name: str, arguments: Mapping[str, Any], folder: Path, inherited: Mapping[str, str]
) -> tuple[float, dict[str, Any]]:
    """Seconds and result, as Ansible's JSON callback gives them."""
    task = {"name": name, name: dict(arguments)}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}
    playbook = folder / f"{name}.json"  # JSON is YAML
    playbook.write_text(json.dumps([play]), encoding="utf-8")
    configuration = folder / "ansible.cfg"  # empty, so that nobody's own settings count
    configuration.touch()
    environment = {
        # Nobody's own settings, and not a shell's PYTHONDONTWRITEBYTECODE, which makes each task compile boto3 anew.
        **{key: value for key, value in inherited.items() if not key.startswith(("ANSIBLE", "PYTHOND"))},
        "ANSIBLE_CONFIG": str(configuration),
        "ANSIBLE_COLLECTIONS_PATH": str(lay_out_tree()),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "ANSIBLE_LOCAL_TEMP": str(folder / "local"),
        "ANSIBLE_REMOTE_TEMP": str(folder / "remote"),
    }
    interpreter = f"ansible_python_interpreter={sys.executable}"
    command = [sys.executable, "-m", "ansible", "playbook", "-i", "localhost,", "-e", interpreter, str(playbook)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    try:
        report = json.loads(ended.stdout)["plays"][0]["tasks"][0]
    except (ValueError, LookupError):
        raise SystemExit(f"{name} did not get as far as a task:\n{ended.stdout}{ended.stderr}") from None
    start, end = (datetime.fromisoformat(report["task"]["duration"][key]) for key in ("start", "end"))
    return (end - start).total_seconds(), report["hosts"]["localhost"]


def conclude(report: Path, lines: Sequence[str], faults: Sequence[str]) -> int:
    """Keep what was printed, and tell what makes it worthless; the exit code of the benchmark."""
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(*dict.fromkeys(faults), sep="\n", file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0
