# SPDX-License-Identifier: GPL-3.0-or-later
"""Record what the real engine and the real Docker Compose do with the cases under tests/unit/cases/stack.

    PYTHONPATH=build/collections python -m tools.record_stack [CASE...]

A case is a folder with `case.yml`: `compose` (the file's text), `then` (steps that happen to the running project: words
of `docker`, or `wait: [SERVICE, STATE]`), `now` (the file's text afterwards, the same where left out), `first` (words
for Compose's first run), `files` and `files_now` (texts by name), `images` (tags and the number of our image). What
the plan has to say (`plan` and more) is for tests/unit/test_stack_decide.py, which says what it means.

Recorded for 2.26.1 and 2.40.3 each, as recorded-VERSION.json: the printed models, what the engine lists after the
first run and after the steps, and `compose`: what `up --detach` then did to each service. The images are the lab's
(`python -m tests.lab`), so no registry is needed; projects are called plan-CASE and are gone at the end.
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from ansible_collections.slipway.containers.plugins.module_utils._io.engine.client import Engine

from tools.compose_cli import RELEASES, compose
from tools.prepare import ROOT

CASES = ROOT / "tests" / "unit" / "cases" / "stack"
#: Where every case's project lies while it is recorded; paths in the recordings begin with it.
FOLDER = Path("/tmp/slipway-stack")
IMAGE = "slipway-test/busybox:1"
UP = ("up", "--detach", "--no-build", "--pull", "never")
WAIT_SECONDS = 20.0
LABEL = "com.docker.compose."


class Project:
    """One case's project under one version of Compose."""

    def __init__(self, name: str, program: Path, case: Mapping[str, Any]) -> None:
        self.name, self.program, self.case = f"plan-{name}", program, case
        self.folder = FOLDER / name
        self.engine = Engine()

    def compose(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.program), "-p", self.name, "--project-directory", str(self.folder), "--ansi", "never"]
        command += ["-f", str(self.folder / "compose.yaml"), *words]
        return subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)

    def write(self, text: str, files: Mapping[str, str]) -> None:
        """Replaced by renaming, as `ansible.builtin.copy` and `template` do it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name, content in {"compose.yaml": text, **files}.items():
            new = self.folder / f"{name}.new"
            new.parent.mkdir(parents=True, exist_ok=True)
            new.write_text(content, encoding="utf-8")
            new.rename(self.folder / name)

    def listed(self) -> dict[str, Any]:
        mine = {"label": [f"{LABEL}project={self.name}"]}
        containers = self.engine.get("/containers/json", all=True, filters=mine)
        return {
            "containers": sorted(containers, key=lambda one: one["Names"]),
            "networks": self.engine.get("/networks", filters=mine),
            "volumes": self.engine.get("/volumes", filters=mine),
            "images": self.engine.get("/images/json"),
            "inspected": {one["Id"]: self.engine.get(f"/containers/{one['Id']}/json") for one in containers},
        }

    def model(self) -> Any:
        return json.loads(self.compose("config", "--format", "json").stdout)

    def step(self, step: Any) -> None:
        if isinstance(step, Mapping):
            self.wait(*step["wait"])
        else:
            words = [str(word).replace("PROJECT", self.name) for word in step]
            subprocess.run(["docker", *words], check=True, capture_output=True)

    def wait(self, service: str, state: str) -> None:
        limit = time.monotonic() + WAIT_SECONDS
        while not any(_is(one, service, state) for one in self.listed()["containers"]):
            if time.monotonic() > limit:
                raise RuntimeError(f"{self.name}: {service} never was {state}")
            time.sleep(0.1)

    def remove(self) -> None:
        self.compose("down", "--volumes", "--timeout", "0", "--remove-orphans")
        left = [one["Id"] for one in self.listed()["containers"]]
        if left:
            subprocess.run(["docker", "rm", "--force", "--volumes", *left], check=True, capture_output=True)
            self.compose("down", "--volumes")
        for volume in (yaml.safe_load(self.case["compose"]).get("volumes") or {}).values():
            if volume and "name" in volume:
                subprocess.run(["docker", "volume", "rm", "--force", volume["name"]], check=True, capture_output=True)
        if self.folder.exists():
            shutil.rmtree(self.folder)


def _is(container: Mapping[str, Any], service: str, state: str) -> bool:
    return bool(container["Labels"].get(f"{LABEL}service") == service and container["State"] == state)


def record(folder: Path, version: str, program: Path) -> dict[str, Any]:
    case = yaml.safe_load((folder / "case.yml").read_text(encoding="utf-8"))
    project = Project(folder.name, program, case)
    for tag in case.get("images", ()):
        subprocess.run(["docker", "tag", IMAGE, tag], check=True)
    try:
        project.write(case["compose"], case.get("files", {}))
        made = project.compose(*case.get("first", UP))
        if made.returncode:
            raise RuntimeError(f"{folder.name}: {made.stderr}")
        recorded = {"model_first": project.model(), "first": project.listed()}
        for step in case.get("then", ()):
            project.step(step)
        project.write(case.get("now", case["compose"]), case.get("files_now", {}))
        recorded |= {"model": project.model(), "now": project.listed()}
        failed = project.compose(*UP).returncode != 0
        recorded["compose"] = done(recorded["now"], project.listed(), failed)
    finally:
        project.remove()
        for tag in case.get("images", ()):
            subprocess.run(["docker", "rmi", tag], check=False, capture_output=True)
    looks_inside = not case.get("learned", True) or "drift" in case.get("wish", {})
    return slim(recorded, looks_inside)


def done(before: Mapping[str, Any], after: Mapping[str, Any], failed: bool) -> dict[str, str]:
    """What happened to each service, from ids, states and the moments at which containers were started."""
    services = sorted({name for listed in (before, after) for name in _by_service(listed)})
    result = {name: _happened(before, after, name) for name in services}
    return {**result, "": "failed"} if failed else result


def _by_service(listed: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for one in listed["containers"]:
        found.setdefault(one["Labels"][f"{LABEL}service"], {})[one["Id"]] = one
    return found


def _happened(before: Mapping[str, Any], after: Mapping[str, Any], service: str) -> str:
    old, new = (_by_service(listed).get(service, {}) for listed in (before, after))
    if not old or not new:
        return "create" if new else "remove"
    if len(old) != len(new):
        return "create" if len(new) > len(old) else "remove"
    if set(old) != set(new):
        return "recreate"
    started = [[listed["inspected"][key]["State"]["StartedAt"] for key in sorted(old)] for listed in (before, after)]
    if started[0] == started[1]:
        return "keep"
    return "restart" if all(one["State"] == "running" for one in old.values()) else "start"


def slim(recorded: dict[str, Any], inspects: bool) -> dict[str, Any]:
    """Without what says nothing about the project."""
    names = [
        str(service.get("image") or f"{recorded[model]['name']}-{name}")
        for model in ("model_first", "model")
        for name, service in recorded[model]["services"].items()
    ]
    for listed in (recorded["first"], recorded["now"]):
        wanted = [one for one in listed["images"] if set(one.get("RepoTags") or ()) & {_tagged(name) for name in names}]
        listed["images"] = [{key: one[key] for key in ("Id", "RepoTags", "RepoDigests")} for one in wanted]
        for facts in listed["inspected"].values():
            for key in ("GraphDriver", "ResolvConfPath", "HostnamePath", "HostsPath", "LogPath", "Platform"):
                facts.pop(key, None)
    recorded["first"].pop("inspected")
    if not inspects:
        recorded["now"].pop("inspected")
    return recorded


def _tagged(name: str) -> str:
    return name if ":" in name.rpartition("/")[2] else f"{name}:latest"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("cases", nargs="*")
    asked = parser.parse_args(arguments).cases
    folders = sorted(one for one in CASES.iterdir() if one.is_dir() and (not asked or one.name in asked))
    for folder in folders:
        for release, version in RELEASES.items():
            recorded = record(folder, version, compose(release))
            text = json.dumps(recorded, separators=(",", ":"), sort_keys=False)
            (folder / f"recorded-{version}.json").write_text(text + "\n", encoding="utf-8")
            print(f"{folder.name} {version}: {recorded['compose']}", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
