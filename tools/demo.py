# SPDX-License-Identifier: GPL-3.0-or-later
"""`make demo`: playbooks/demo.yml against an embedded AWS on loopback. Nothing leaves this machine."""

from __future__ import annotations

import os
import subprocess
import sys
import time

from tools.embedded_aws import EmbeddedAws
from tools.prepare import ROOT, lay_out_tree

REPORT = ROOT / "build" / "demo"
READABLE = {
    "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
    "ANSIBLE_LOCALHOST_WARNING": "False",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "False",
}


def main(arguments: list[str]) -> int:
    started = time.monotonic()
    with EmbeddedAws() as aws:
        report = ("--extra-vars", f"demo_report_directory={REPORT}")
        command = [f"{ROOT}/.venv/bin/ansible-playbook", f"{ROOT}/playbooks/demo.yml", *report, *arguments]
        environment = {**aws.environment(os.environ), **READABLE, "ANSIBLE_COLLECTIONS_PATH": str(lay_out_tree())}
        status = subprocess.run(command, env=environment, check=False).returncode
        calls = len(aws.calls())
    said = "done" if status == 0 else "failed"
    for page in sorted(REPORT.glob("*.html")) if status == 0 else []:
        print(f"demo: look at {page}")
    print(f"demo: {said} in {time.monotonic() - started:.0f} s, {calls} calls to an embedded AWS; no container ran.")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
