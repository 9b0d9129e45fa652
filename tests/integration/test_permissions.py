# SPDX-License-Identifier: GPL-3.0-or-later
"""How the actions that pages list are compared with the calls of the tests; the comparison itself runs after them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.loaders
import botocore.session
import pytest
import yaml

from .permissions import BESIDE, PREFIXES, RECORDS, Call, actions, differences, listed, pages, recorded, written

PAGE = """
# shop

It calls `ecs:DescribeServices` before that.

## IAM permissions

- `ecs:ListTasks`, `iam:PassRole` on the roles
- for logs: `logs:GetLogEvents`; see `ecs_service: wait` and `slipway:app`

### Only with HTTPS

`acm:ListCertificates`

## Next

`ecs:RunTask`
"""


@pytest.mark.parametrize(
    ("service", "operation", "expected"),
    [
        ("ecs", "DescribeServices", ("ecs:DescribeServices",)),
        ("elasticloadbalancing", "DescribeTags", ("elasticloadbalancing:DescribeTags",)),
        ("monitoring", "DescribeAlarms", ("cloudwatch:DescribeAlarms",)),
        ("sts", "GetCallerIdentity", ()),
        ("ecs", "RunTask", ("ecs:RunTask", "ecs:TagResource", "iam:PassRole")),
        ("scheduler", "UpdateSchedule", ("scheduler:UpdateSchedule", "iam:PassRole")),
        ("s3", "HeadObject", ("s3:GetObject",)),
    ],
)
def test_actions_of_a_call(service: str, operation: str, expected: tuple[str, ...]) -> None:
    assert actions(service, operation) == expected


def test_what_needs_more_is_an_operation_that_aws_has() -> None:
    """An action that was misspelt in the table would never be met."""
    loader = botocore.loaders.Loader()
    names = {"elasticloadbalancing": "elbv2"}
    for action in BESIDE:
        service, _colon, operation = action.partition(":")
        model = loader.load_service_model(names.get(service, service), "service-2")
        assert operation in model["operations"], action


def test_a_page_lists_what_stands_below_its_heading() -> None:
    assert listed(PAGE) == {"ecs:ListTasks", "iam:PassRole", "logs:GetLogEvents", "acm:ListCertificates"}
    assert listed("# shop\n") == set()


def test_differences_are_told_in_both_directions() -> None:
    calls = [Call("role shop", "Look", "ecs", name) for name in ("ListTasks", "DescribeTasks", "RunTask")]
    elsewhere = [Call("role other", "Look", "ecs", "ListTasks"), Call("playbook examples", "x", "ecs", "ListTasks")]
    said = differences([*calls, *elsewhere], {"role shop": listed(PAGE)})
    assert said == [
        "role shop does not list ecs:DescribeTasks: DescribeTasks in 'Look'",
        "role shop does not list ecs:RunTask: RunTask in 'Look'",
        "role shop does not list ecs:TagResource: RunTask in 'Look'",
        "role shop lists acm:ListCertificates, and no call of its tests needs it",
        "role shop lists logs:GetLogEvents, and no call of its tests needs it",
        "role other has no page that lists its actions",
    ]


def test_a_list_is_written_as_it_is_read() -> None:
    text = written({"ecs:RunTask", "iam:PassRole", *(f"ecs:Describe{name * 20}" for name in "ABCDEF")})
    assert max(map(len, text.splitlines())) <= 120 and text.count("\n- ") == 1
    assert len(listed(f"# IAM permissions\n\n{text}\n")) == 8


def test_calls_are_told_apart_by_role(tmp_path: Path, playbook: Callable[..., Any]) -> None:
    """Through a real run: a role's tasks, a handler of it, and a task of the play itself."""
    tasks = tmp_path / "roles" / "probe" / "tasks"
    tasks.mkdir(parents=True)
    family = {"slipway.containers.ecs_task_def": {"family": "nothing", "state": "absent"}}
    (tasks / "main.yml").write_text(yaml.safe_dump([{"name": "Look in the role", **family}]))
    caller = {"name": "Ask who calls", "amazon.aws.aws_caller_info": {}}
    play = {"name": "Probe", "hosts": "localhost", "gather_facts": False, "roles": ["probe"], "post_tasks": [caller]}
    file = tmp_path / "whose.yml"
    file.write_text(yaml.safe_dump([play]))
    before = set(RECORDS.glob("*.jsonl"))
    done = playbook(file, folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    (mine,) = [one for one in set(RECORDS.glob("*.jsonl")) - before if "role probe" in one.read_text()]
    copy = tmp_path / "records"
    copy.mkdir()
    mine.rename(copy / mine.name)
    found = {(call.owner, call.task, call.operation) for call in recorded(copy)}
    assert found == {
        ("role probe", "probe : Look in the role", "ListTaskDefinitions"),
        ("playbook whose", "Ask who calls", "GetCallerIdentity"),
        ("playbook whose", "Ask who calls", "ListAccountAliases"),
    }


def test_every_role_on_aws_has_its_actions_listed() -> None:
    on_aws = {f"role {path.name}" for path in (Path(__file__).parents[2] / "roles").glob("ec[rs]_*")}
    listing = pages()
    assert [role for role in sorted(on_aws) if not listing.get(role)] == []


def test_prefixes_are_of_services_that_sign_otherwise() -> None:
    session = botocore.session.get_session()
    signed = {session.get_service_model(name).signing_name for name in ("cloudwatch", "resourcegroupstaggingapi")}
    assert signed <= set(PREFIXES)
