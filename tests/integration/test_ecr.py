# SPDX-License-Identifier: GPL-3.0-or-later
"""Repositories of ECR, their tags and logins: the modules, and the role as far as it needs no Docker."""

from __future__ import annotations

import base64
import json
import re
import stat
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tools.embedded_aws import EmbeddedAws

from .conftest import RunModule, operations

Boto = Callable[[str], Any]
Playbook = Callable[..., subprocess.CompletedProcess[str]]
ACCOUNT = "123456789012"
REGISTRY = f"{ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com"
TOKEN = f"{ACCOUNT}-auth-token"
ONE_TRY = {"AWS_MAX_ATTEMPTS": "1"}


@pytest.fixture
def context(tmp_path: Path) -> Path:
    folder = tmp_path / "web"
    folder.mkdir()
    (folder / "Dockerfile").write_text("FROM scratch\nCOPY page /\n", encoding="utf-8")
    (folder / "page").write_text("hello\n", encoding="utf-8")
    return folder


def pushed(boto: Boto, *tags: str, text: str = "one") -> str:
    """An image in the repository web, under these tags."""
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.docker.distribution.manifest.v2+json",
        "config": {"digest": f"sha256:{text}", "size": 1, "mediaType": "x"},
        "layers": [],
    }
    for tag in tags:
        put = boto("ecr").put_image(repositoryName="web", imageManifest=json.dumps(manifest), imageTag=tag)
    return str(put["image"]["imageId"]["imageDigest"])


def test_an_image_is_known_by_its_content(aws: EmbeddedAws, boto: Boto, run_module: RunModule, context: Path) -> None:
    asked = {"repository": "web", "tag": "1.0.0", "path": str(context)}
    missing = run_module("ecr_image_info", asked)
    assert (missing["exists"], missing["action"], missing["digest"]) == (False, "push", None)
    assert missing["repository"] == {"repositoryName": "web", "repositoryUri": f"{REGISTRY}/web"}
    assert missing["reference"] == f"{REGISTRY}/web:1.0.0"

    boto("ecr").create_repository(repositoryName="web")
    assert run_module("ecr_image_info", asked)["repository"]["repositoryUri"] == f"{REGISTRY}/web"
    digest = pushed(boto, missing["content_tag"], "1.0.0")
    aws.clear_calls()
    there = run_module("ecr_image_info", asked)
    assert (there["action"], there["digest"]) == ("none", digest)
    assert there["reference"] == f"{REGISTRY}/web@{digest}"
    assert operations(aws) == {"DescribeRepositories": 1, "DescribeImages": 2}

    (context / "page").write_text("other\n", encoding="utf-8")
    assert run_module("ecr_image_info", asked)["action"] == "refuse"
    assert run_module("ecr_image_info", {**asked, "immutable": False})["action"] == "push"
    assert run_module("ecr_image_info", {**asked, "tag": "1.0.1"})["action"] == "push"
    assert run_module("ecr_image_info", {"repository": "web", "path": str(context)})["tag"].startswith("content-")


def test_what_decides_the_content(run_module: RunModule, context: Path) -> None:
    def tag(**build: Any) -> str:
        return str(run_module("ecr_image_info", {"repository": "web", "path": str(context), "build": build})["tag"])

    first = tag()
    (context / ".dockerignore").write_text("notes\n.dockerignore\n", encoding="utf-8")
    ignoring = tag()
    (context / "notes").write_text("left out", encoding="utf-8")
    assert tag() == ignoring == first
    assert tag(nocache=True, pull=True, secrets=[{"id": "s", "type": "value", "value": "v"}]) == first
    assert tag(dockerfile="Dockerfile", args={}, target=None) == first
    assert len({first, tag(args={"A": "1"}), tag(args={"A": "2"}), tag(target="prod")}) == 4
    moved = context.rename(context.with_name("elsewhere"))
    elsewhere = run_module("ecr_image_info", {"repository": "web", "path": str(moved)})
    assert elsewhere["tag"] == first, "wherever the folder lies"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({}, "tag and path: found neither, expected one of them"),
        ({"tag": "a b"}, "tag: found 'a b', expected a tag such as 1.4.2"),
        ({"path": "/nowhere"}, "path: /nowhere is no folder on this host"),
        (
            {"path": "/", "build": {"dockerfile": "No.such"}},
            "/No.such is no file on this host, expected the Dockerfile",
        ),
    ],
)
def test_wrong_input_is_refused_before_any_call(
    arguments: dict[str, Any], message: str, aws: EmbeddedAws, run_module: RunModule
) -> None:
    run = run_module("ecr_image_info", {"repository": "web", **arguments})
    assert run.failed and message in run["msg"]
    assert aws.calls() == []


def test_another_registry_needs_docker_but_in_check_mode(
    aws: EmbeddedAws, run_module: RunModule, context: Path
) -> None:
    asked = {
        "repository": "web",
        "path": str(context),
        "registry": "localhost:5000",
        "docker_host": "unix:///nowhere.sock",
    }
    run = run_module("ecr_image_info", asked)
    assert run.failed and "localhost:5000 cannot be asked" in run["msg"]
    checked = run_module("ecr_image_info", asked, check=True)
    assert checked["action"] == "push" and "is not known" in str(checked["warnings"])
    assert checked["reference"].startswith("localhost:5000/web:content-")
    assert aws.calls() == []


def test_tags_are_changed_in_place(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    ecr = boto("ecr")
    arn = ecr.create_repository(repositoryName="web", tags=[{"Key": "team", "Value": "a"}])["repository"][
        "repositoryArn"
    ]
    asked = {"repository": "web", "tags": {"slipway:app": "shop"}}
    aws.clear_calls()
    predicted, real, again = run_module("ecr_tags", asked, check=True), run_module("ecr_tags", asked), None
    assert predicted["diff"] == real["diff"] and real["changed"] and predicted["changed"]
    assert real["diff"]["before"] == {"team": "a"} and real["diff"]["after"] == {"slipway:app": "shop"}
    assert ecr.list_tags_for_resource(resourceArn=arn)["tags"] == [{"Key": "slipway:app", "Value": "shop"}]
    aws.clear_calls()
    again = run_module("ecr_tags", asked)
    assert (again["changed"], again["diff"]["after"]) == (False, {})
    assert operations(aws) == {"DescribeRepositories": 1, "ListTagsForResource": 1}
    kept = run_module("ecr_tags", {**asked, "tags": {"team": "b"}, "purge_tags": False})
    assert kept["tags"] == {"slipway:app": "shop", "team": "b"}


def test_tags_of_a_repository_that_is_not_there(run_module: RunModule) -> None:
    asked = {"repository": "web", "tags": {"app": "shop"}}
    assert run_module("ecr_tags", asked, check=True)["changed"]
    run = run_module("ecr_tags", asked)
    assert run.failed and "the repository web is not there: make it first" in run["msg"]


def test_a_failure_half_way_says_what_was_done(aws: EmbeddedAws, boto: Boto, run_module: RunModule) -> None:
    boto("ecr").create_repository(repositoryName="web", tags=[{"Key": "team", "Value": "a"}])
    aws.set_faults([{"operation": "TagResource", "status": 400, "code": "AccessDeniedException", "message": "no"}])
    run = run_module("ecr_tags", {"repository": "web", "tags": {"app": "shop"}})
    assert run.failed and run["changed"]
    assert (
        "lack the permission ecr:TagResource" in run["msg"] and "Before it failed: removed the tags team" in run["msg"]
    )


def test_a_login_shows_its_token_nowhere(boto: Boto, run_module: RunModule, tmp_path: Path) -> None:
    file = tmp_path / "docker" / "config.json"
    predicted = run_module("ecr_login", {"config_path": str(file)}, check=True)
    assert predicted["changed"] and not file.exists()
    run = run_module("ecr_login", {"config_path": str(file)})
    secret = base64.b64encode(f"AWS:{TOKEN}".encode()).decode()
    assert json.loads(file.read_text(encoding="utf-8")) == {"auths": {REGISTRY: {"auth": secret}}}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert json.loads(run["diff"]["after"]) == {REGISTRY: "AWS"} and run["registry"] == REGISTRY
    for text in (TOKEN, secret):
        assert text not in run.output + predicted.output


def test_a_login_leaves_the_rest_of_the_file(run_module: RunModule, tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    file.write_text('{"proxies": {}, "auths": {"r.example.com": {"auth": "eDp5"}}}', encoding="utf-8")
    run_module("ecr_login", {"config_path": str(file), "registry": "fips.example.com"})
    kept = json.loads(file.read_text(encoding="utf-8"))
    assert list(kept["auths"]) == ["r.example.com", "fips.example.com"] and kept["proxies"] == {}
    file.write_text(json.dumps({"credHelpers": {REGISTRY: "ecr-login"}}), encoding="utf-8")
    helped = run_module("ecr_login", {"config_path": str(file)})
    assert helped.failed and "are kept by docker-credential-ecr-login" in helped["msg"]
    file.write_text("{", encoding="utf-8")
    assert "holds no valid JSON" in run_module("ecr_login", {"config_path": str(file)})["msg"]


@pytest.mark.parametrize(
    ("module", "arguments", "operation"),
    [
        ("ecr_image_info", {"tag": "1"}, "DescribeRepositories"),
        ("ecr_tags", {"tags": {"a": "b"}}, "DescribeRepositories"),
        ("ecr_login", {}, "GetAuthorizationToken"),
    ],
)
def test_a_bad_day_at_aws(
    module: str, arguments: dict[str, Any], operation: str, aws: EmbeddedAws, run_module: RunModule, tmp_path: Path
) -> None:
    named = {"config_path": str(tmp_path / "config.json")} if module == "ecr_login" else {"repository": "web"}
    for code, sentence in (
        ("ExpiredTokenException", "The AWS session has expired"),
        ("AccessDeniedException", f"These credentials lack the permission ecr:{operation}"),
    ):
        aws.set_faults([{"operation": operation, "status": 400, "code": code, "message": "as AWS says"}])
        run = run_module(module, {**named, **arguments}, variables=ONE_TRY)
        assert run.failed and sentence in run["msg"] and "Nothing was changed." in run["msg"]
    fault = {"operation": operation, "status": 400, "code": "ThrottlingException", "message": "slow", "times": 1}
    aws.set_faults([fault, {**fault, "status": 500, "code": "ServerException"}])
    boring = run_module(module, {**named, **arguments}, check=module == "ecr_tags", variables=ONE_TRY)
    assert not boring.failed and "AWS throttled" in str(boring["warnings"])


ROLE = {"name": "Push", "ansible.builtin.include_role": {"name": "slipway.containers.ecr_image"}}
SHOW = {"name": "Show", "ansible.builtin.debug": {"msg": "result {{ ecr_image_result | to_json }} end"}}


@pytest.fixture
def push(playbook: Playbook, tmp_path: Path, context: Path) -> Callable[..., tuple[Any, int, str]]:
    """The role with variables: its result, how many tasks changed something, and all that was printed."""

    def run(*arguments: str, **variables: Any) -> tuple[Any, int, str]:
        given = {"ecr_image_repository": "web", "ecr_image_source": str(context), **variables}
        play = [{"hosts": "localhost", "gather_facts": False, "tasks": [{**ROLE, "vars": given}, SHOW]}]
        file = tmp_path / "play.yml"
        file.write_text(yaml.safe_dump(play, sort_keys=False), encoding="utf-8")
        done = playbook(file, *arguments, DOCKER_HOST="unix:///nowhere.sock")
        text = done.stdout + done.stderr
        if done.returncode:
            return None, -1, text
        result = text.partition('"result ')[2].partition(" end")[0].replace('\\"', '"')
        return json.loads(result), int(text.rpartition("changed=")[2].split()[0]), text

    return run


APP = {"ecr_image_tags": {"slipway:app": "shop", "slipway:owner": "slipway"}, "ecr_image_tag": "1.0.0"}


def test_the_role_makes_the_repository(aws: EmbeddedAws, boto: Boto, push: Callable[..., tuple[Any, int, str]]) -> None:
    """In check mode on an empty account and with no Docker, for real, and again."""
    repository = {**APP, "ecr_image_push": False}
    predicted, would, _text = push("--check", "--diff", **repository)
    assert boto("ecr").describe_repositories()["repositories"] == []
    real, did, _text = push(**repository)
    assert predicted == real and would == did == 2, "the repository, and its tags"
    assert real == {
        "repository_uri": f"{REGISTRY}/web",
        "tag": "1.0.0",
        "digest": None,
        "reference": f"{REGISTRY}/web:1.0.0",
    }
    (made,) = boto("ecr").describe_repositories()["repositories"]
    assert made["imageTagMutability"] == "IMMUTABLE" and made["imageScanningConfiguration"] == {"scanOnPush": True}
    policy = json.loads(boto("ecr").get_lifecycle_policy(repositoryName="web")["lifecyclePolicyText"])
    assert [rule["rulePriority"] for rule in policy["rules"]] == [1, 2]
    aws.clear_calls()
    _result, changed, _text = push(**repository)
    assert changed == 0
    assert sum(operations(aws).values()) <= 12, operations(aws)


def test_check_mode_predicts_a_push_and_needs_no_docker(boto: Boto, push: Callable[..., tuple[Any, int, str]]) -> None:
    _result, would, text = push("--check", **APP)
    assert would == 3 and "1.0.0 is not there: it is built and pushed" in text


def test_what_is_there_with_the_same_content_needs_no_docker(
    boto: Boto, run_module: RunModule, push: Callable[..., tuple[Any, int, str]], context: Path
) -> None:
    push(**APP, ecr_image_push=False)
    asked = {"repository": "web", "tag": "1.0.0", "path": str(context)}
    digest = pushed(boto, run_module("ecr_image_info", asked)["content_tag"], "1.0.0")
    result, changed, _text = push(**APP)
    assert (changed, result["digest"]) == (0, digest) and result["reference"] == f"{REGISTRY}/web@{digest}"
    (context / "page").write_text("other\n", encoding="utf-8")
    _nothing, status, text = push(**APP)
    assert status == -1 and "the tag 1.0.0 is there with other content, and tags are immutable" in text


def test_a_push_that_fails_leaves_no_login_behind(
    aws: EmbeddedAws, boto: Boto, run_module: RunModule, push: Callable[..., tuple[Any, int, str]], context: Path
) -> None:
    """The content is there and lacks the tag: it is to be fetched with a login, and Docker is not there."""
    push(**APP, ecr_image_push=False)
    asked = {"repository": "web", "tag": "1.0.0", "path": str(context)}
    pushed(boto, run_module("ecr_image_info", asked)["content_tag"])
    _nothing, status, text = push("-vvv", "--diff", **APP)
    assert status == -1 and operations(aws)["GetAuthorizationToken"] == 1
    assert TOKEN not in text and base64.b64encode(f"AWS:{TOKEN}".encode()).decode() not in text
    (folder,) = set(re.findall(r'"(/[^"]*/slipway-ecr-[^"/]*)"', text))
    assert not Path(folder).exists()


def test_settings_of_the_repository_can_be_others(boto: Boto, push: Callable[..., tuple[Any, int, str]]) -> None:
    push(**APP, ecr_image_push=False)
    other = {**APP, "ecr_image_push": False, "ecr_image_immutable": False, "ecr_image_scan_on_push": False}
    _result, would, _text = push("--check", **other, ecr_image_lifecycle=[])
    _result, did, _text = push(**other, ecr_image_lifecycle=[])
    assert would == did == 1
    (made,) = boto("ecr").describe_repositories()["repositories"]
    assert made["imageTagMutability"] == "MUTABLE" and made["imageScanningConfiguration"] == {"scanOnPush": False}
