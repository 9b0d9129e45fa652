# SPDX-License-Identifier: GPL-3.0-or-later
"""Write what cost_check says to the options of each case, and what the role cost_report makes of it, beside them.

Results are recorded, so that the report's tests do not depend on prices: `python -m tools.record_cost_report`. Read the
difference before committing it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import jinja2
import yaml

from tools.prepare import ROOT, lay_out_tree

sys.path.insert(0, str(lay_out_tree()))

from ansible_collections.slipway.containers.plugins.module_utils._core.cost.check import check
from ansible_collections.slipway.containers.plugins.module_utils._core.report.view import TITLE, view
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import project

CASES = ROOT / "tests/unit/cases/cost_report"
TEMPLATES = ROOT / "roles/cost_report/templates"
#: How the file of each form ends.
SUFFIXES = {"text": "txt", "markdown": "md", "html": "html"}


def rendered(result: Mapping[str, Any], form: str, title: str = TITLE) -> str:
    """As Ansible renders the template; an integration test compares the two."""
    environment = jinja2.Environment(  # the view is escaped already, as the templates say
        loader=jinja2.FileSystemLoader(TEMPLATES), trim_blocks=True, undefined=jinja2.StrictUndefined
    )
    text = environment.get_template(f"report.{SUFFIXES[form]}.j2").render(cost_report_view=view(result, form, title))
    return text if text.endswith("\n") else f"{text}\n"


def said(case: Path) -> dict[str, Any]:
    """The result of cost_check for a case, as JSON has it."""
    asked = yaml.safe_load((case / "options.yml").read_text(encoding="utf-8"))
    options = {**asked["options"]}
    if "before" in asked:
        options["previous"] = _checked(asked["before"], asked["today"])
    return {"changed": False, **_checked(options, asked["today"])}


def _checked(options: Mapping[str, Any], today: date) -> dict[str, Any]:
    made: dict[str, Any] = json.loads(json.dumps(check(_from_here(options), project.load, today)))
    return made


def _from_here(value: Any) -> Any:
    """With the folders of projects, which cases name from the root of the checkout."""
    if isinstance(value, Mapping):
        return {
            key: str(ROOT / item) if key == "project_directory" else _from_here(item) for key, item in value.items()
        }
    return [_from_here(item) for item in value] if isinstance(value, list) else value


def results() -> dict[str, Any]:
    """The kept results, by the name of their folder."""
    paths = sorted(CASES.glob("*/result.json"))
    return {path.parent.name: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def pages() -> dict[Path, str]:
    """Every file that is made from a result."""
    return {
        CASES / name / f"report.{suffix}": rendered(result, form)
        for name, result in results().items()
        for form, suffix in SUFFIXES.items()
    }


def record() -> None:
    for options in sorted(CASES.glob("*/options.yml")):
        text = json.dumps(said(options.parent), indent=1, ensure_ascii=False)
        (options.parent / "result.json").write_text(f"{text}\n", encoding="utf-8")
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    record()
