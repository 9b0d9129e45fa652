# SPDX-License-Identifier: GPL-3.0-or-later
"""ecs_task_def against an AWS over HTTP: what it registers, compares and tags, and with which calls."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ansible_collections.slipway.containers.plugins.filter.task_definition import FilterModule

from tools.embedded_aws import EmbeddedAws

from .conftest import RunModule, operations
from .definitions import container, network, web

Boto = Callable[[str], Any]


def test_check_mode_predicts_the_run_and_a_second_run_changes_nothing(aws: EmbeddedAws, run_module: RunModule) -> None:
    predicted = run_module("ecs_task_def", {"definition": web()}, check=True)
    assert operations(aws) == {"DescribeTaskDefinition": 1}
    done = run_module("ecs_task_def", {"definition": web()})
    again = run_module("ecs_task_def", {"definition": web()})

    assert (predicted["changed"], done["changed"], again["changed"]) == (True, True, False)
    assert predicted["diff"] == done["diff"]
    assert predicted["reasons"] == done["reasons"] == ["family web has no active revision"]
    assert (predicted["revision"], done["revision"], again["revision"]) == (None, 1, 1)
    assert again["diff"]["before"] == again["diff"]["after"] == {}
    assert again["task_definition_arn"].endswith(":task-definition/web:1")


def test_the_filter_previews_what_check_mode_predicts(run_module: RunModule) -> None:
    definition = with_container(image="web:latest", environment=[{"name": "API_KEY", "value": "not-to-be-shown"}])
    preview = FilterModule().filters()["task_definition"](definition)
    predicted = run_module("ecs_task_def", {"definition": definition}, check=True)
    assert preview["task_definition"] == predicted["task_definition"]
    assert preview["findings"] == predicted["findings"] != []


def test_an_unchanged_run_makes_one_call_among_two_hundred_revisions(
    aws: EmbeddedAws, boto: Boto, run_module: RunModule
) -> None:
    ecs = boto("ecs")
    for number in range(199):
        ecs.register_task_definition(
            **web(containerDefinitions=[container(image=f"registry.example.com/web:{number}")])
        )
    ecs.register_task_definition(**web())
    aws.clear_calls()
    run = run_module("ecs_task_def", {"definition": web()})
    assert (run["changed"], run["revision"]) == (False, 200)
    assert operations(aws) == {"DescribeTaskDefinition": 1}


def test_comparing_with_the_running_revision_makes_two_calls(
    aws: EmbeddedAws, boto: Boto, run_module: RunModule
) -> None:
    ecs = boto("ecs")
    arn = ecs.register_task_definition(**web())["taskDefinition"]["taskDefinitionArn"]
    create_service(boto, arn)
    aws.clear_calls()
    arguments = {"definition": web(), "compare_to": "running", "cluster": "main", "service": "web"}
    assert not run_module("ecs_task_def", arguments)["changed"]
    assert operations(aws) == {"DescribeServices": 1, "DescribeTaskDefinition": 1}


def test_running_differs_but_the_newest_is_what_is_wanted(boto: Boto, run_module: RunModule) -> None:
    """Registered yesterday, not deployed yet: the revision is used, no third one appears."""
    ecs = boto("ecs")
    create_service(
        boto, ecs.register_task_definition(**web(cpu="512", memory="1024"))["taskDefinition"]["taskDefinitionArn"]
    )
    ecs.register_task_definition(**web())
    run = run_module(
        "ecs_task_def", {"definition": web(), "compare_to": "running", "cluster": "main", "service": "web"}
    )
    assert (run["changed"], run["revision"]) == (False, 2)


def test_every_change_that_the_incumbent_misses_is_registered(run_module: RunModule) -> None:
    """One after another on one family; each is a new revision, and the reason names the path."""
    changes: list[tuple[str, dict[str, Any]]] = [
        ("cpu", web(cpu="512", memory="1024")),
        ("executionRoleArn", web(executionRoleArn="arn:aws:iam::123456789012:role/other")),
        ("runtimePlatform.cpuArchitecture", web(runtimePlatform={"cpuArchitecture": "ARM64"})),
        ("containerDefinitions[web].environment[LOG_LEVEL].value", with_container(environment=[variable("debug")])),
        ("containerDefinitions[web].command", with_container(command=["serve"])),
        (
            "containerDefinitions[web].portMappings[8081].containerPort",
            with_container(portMappings=[{"containerPort": 8081}]),
        ),
    ]
    run_module("ecs_task_def", {"definition": web()})
    for revision, (path, definition) in enumerate(changes, start=1):
        run = run_module("ecs_task_def", {"definition": definition})
        assert run["changed"] and path in run["reasons"] and run["revision"] == 2 * revision
        back = run_module("ecs_task_def", {"definition": web()})
        assert back["changed"] and back["revision"] == 2 * revision + 1, "going back is a new revision, not the oldest"


def with_container(**fields: Any) -> dict[str, Any]:
    return web(containerDefinitions=[container(**fields)])


def variable(value: Any) -> dict[str, Any]:
    return {"name": "LOG_LEVEL", "value": value}


def test_what_is_returned_can_be_fed_back(run_module: RunModule) -> None:
    secret = "correct horse battery staple"
    definition = with_container(environment=[variable("info"), {"name": "DB_PASSWORD", "value": secret}])
    first = run_module("ecs_task_def", {"definition": definition})
    second = run_module("ecs_task_def", {"definition": first["task_definition"]})
    assert (first["changed"], second["changed"]) == (True, False)
    assert secret not in first.output + second.output


def test_a_mask_that_stands_for_nothing_is_refused(run_module: RunModule) -> None:
    definition = with_container(environment=[{"name": "DB_PASSWORD", "value": "********"}])
    run = run_module("ecs_task_def", {"definition": definition})
    assert run.failed and "the value is a mask" in run["msg"]


def test_a_secret_that_changes_is_seen_and_not_shown(boto: Boto, run_module: RunModule) -> None:
    old, new = "first-secret-value", "second-secret-value"
    run_module("ecs_task_def", {"definition": with_container(environment=[{"name": "API_TOKEN", "value": old}])})
    run = run_module("ecs_task_def", {"definition": with_container(environment=[{"name": "API_TOKEN", "value": new}])})
    assert run["changed"] and old not in run.output and new not in run.output
    after = run["diff"]["after"]["containerDefinitions"][0]["environment"]
    assert after == [{"name": "API_TOKEN", "value": "******** (changed)"}]
    registered = boto("ecs").describe_task_definition(taskDefinition="web")["taskDefinition"]
    assert registered["containerDefinitions"][0]["environment"][0]["value"] == new


def test_tags_change_in_place_and_follow_to_the_next_revision(boto: Boto, run_module: RunModule) -> None:
    assert run_module("ecs_task_def", {"definition": web(), "tags": {"app": "web", "team": "a"}})["revision"] == 1
    retagged = run_module("ecs_task_def", {"definition": web(), "tags": {"app": "web", "team": "b"}})
    assert retagged["changed"] and retagged["revision"] == 1 and retagged["reasons"] == []
    added = run_module("ecs_task_def", {"definition": web(), "tags": {"cost": "7"}, "purge_tags": False})
    assert added["changed"] and added["diff"]["after"]["tags"] == {"app": "web", "team": "b", "cost": "7"}
    purged = run_module("ecs_task_def", {"definition": web(), "tags": {"app": "web"}})
    assert purged["changed"] and not run_module("ecs_task_def", {"definition": web()})["changed"]
    run_module("ecs_task_def", {"definition": web(cpu="512", memory="1024")})
    newest = boto("ecs").describe_task_definition(taskDefinition="web", include=["TAGS"])
    assert newest["taskDefinition"]["revision"] == 2 and newest["tags"] == [{"key": "app", "value": "web"}]


def test_a_role_may_be_named_without_its_arn(run_module: RunModule) -> None:
    run_module("ecs_task_def", {"definition": web()})
    assert not run_module("ecs_task_def", {"definition": web(executionRoleArn="web-execution")})["changed"]


def test_tags_of_ecr_images_become_digests(boto: Boto, run_module: RunModule) -> None:
    boto("ecr").create_repository(repositoryName="web")
    media_type = "application/vnd.docker.distribution.manifest.v2+json"
    manifest = json.dumps({"schemaVersion": 2, "mediaType": media_type, "config": {}, "layers": []})
    image = boto("ecr").put_image(repositoryName="web", imageManifest=manifest, imageTag="1.0.0")["image"]
    definition = with_container(image="123456789012.dkr.ecr.eu-central-1.amazonaws.com/web:1.0.0")
    run = run_module("ecs_task_def", {"definition": definition, "resolve_digests": True})
    digest = image["imageId"]["imageDigest"]
    pinned = f"123456789012.dkr.ecr.eu-central-1.amazonaws.com/web@{digest}"
    assert run["task_definition"]["containerDefinitions"][0]["image"] == pinned
    assert not run_module("ecs_task_def", {"definition": definition, "resolve_digests": True})["changed"]
    definition["containerDefinitions"][0]["image"] = pinned.replace(f"@{digest}", ":2.0.0")
    missing = run_module("ecs_task_def", {"definition": definition, "resolve_digests": True})
    assert missing.failed and "web:2.0.0 is not in 123456789012.dkr.ecr" in missing["msg"]


def create_service(boto: Boto, task_definition: str, name: str = "web", cluster: str = "main") -> None:
    boto("ecs").create_cluster(clusterName=cluster)
    own = {"cluster": cluster, "serviceName": name, "taskDefinition": task_definition}
    boto("ecs").create_service(**own, desiredCount=1, launchType="FARGATE", networkConfiguration=network(boto))
