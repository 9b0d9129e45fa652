# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: playbooks/demo.yml twice against an embedded AWS on loopback. Nothing leaves this machine."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence

from tools.embedded_aws import EmbeddedAws
from tools.prepare import ROOT, lay_out_tree

REPORT = ROOT / "build" / "demo"
READABLE = {
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
    "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "False",
    "ANSIBLE_LOCALHOST_WARNING": "False",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
}
#: The counts of the last line that Ansible prints.
RECAP = re.compile(r"^\S+ +: ok=.*? changed=(?P<changed>\d+) .*?failed=(?P<failed>\d+)", re.MULTILINE)


def play(arguments: Sequence[str], environment: Mapping[str, str]) -> str:
    """Run the demo once, shown as it comes; the line with its counts, empty if it failed."""
    command = [f"{ROOT}/.venv/bin/ansible-playbook", f"{ROOT}/playbooks/demo.yml", *arguments]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        lines = []
        for line in running.stdout:
            print(line, end="", flush=True)
            lines.append(line)
    found = RECAP.search("".join(lines))
    return found[0] if found and running.returncode == 0 else ""


def main(arguments: list[str]) -> int:
    started = time.monotonic()
    report = ("--extra-vars", f"demo_report_directory={REPORT}")
    with EmbeddedAws() as aws:
        environment = {**aws.environment(os.environ), **READABLE, "ANSIBLE_COLLECTIONS_PATH": str(lay_out_tree())}
        first = play([*report, *arguments], environment)
        after_first = len(aws.calls())
        second = first and play([*report, *arguments], environment)
        calls = len(aws.calls())
    for page in sorted(REPORT.glob("*.html")) if second else []:
        print(f"demo: look at {page}")
    unchanged = bool(second) and "changed=0 " in second
    for run, recap in (("first", first), ("second", second)):
        print(f"demo: {run} run: {recap or 'failed'}")
    print(f"demo: {after_first} calls to an embedded AWS, then {calls - after_first}; no container ran.")
    print(f"demo: {'done' if unchanged else 'failed'} in {time.monotonic() - started:.0f} s.")
    return 0 if unchanged else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
