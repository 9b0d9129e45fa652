# SPDX-License-Identifier: GPL-3.0-or-later
"""Compose projects in case folders: our model says what Docker Compose 2.40.3 and 2.26.1 said of them, to the letter.

tools/record_compose.py recorded the folders of cases/compose and says what is in them. Nothing of Compose is run here.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.document import ComposeError
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.project import Project, load_project
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.request import Request
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.sources import World
from ansible_collections.slipway.containers.plugins.module_utils._core.findings import ERROR
from ansible_collections.slipway.containers.plugins.module_utils._io.compose import yaml_text
from ansible_collections.slipway.containers.plugins.module_utils._io.compose.files import Files

from tools.record_compose import CASES, ENVIRONMENT, PROJECT, RECORDINGS, Case, read_case

FOLDERS = sorted(folder for folder in CASES.iterdir() if folder.is_dir())
ACCEPTED = tuple(folder for folder in FOLDERS if (folder / "config.out").exists() and not read_case(folder).refused)
#: 2.26.1 does not know every key, and need not say anything about those cases.
ACCEPTED_BY_BOTH = [folder for folder in ACCEPTED if not (folder / "error-2.26.out").exists()]
REFUSED = tuple(folder for folder in FOLDERS if folder not in ACCEPTED)

#: Every key of the Compose specification by the place where it stands, `*` being any name or position. Source:
#: schema/compose-spec.json of compose-go 2.9.1, with which Docker Compose 2.40.3 is built.
KEYS = {
    "": "configs include models name networks secrets services version volumes",
    "include.*": "env_file path project_directory",
    "services.*": (
        "annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command configs container_name"
        " cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus cpuset"
        " credential_spec depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search domainname"
        " entrypoint env_file environment expose extends external_links extra_hosts gpus group_add healthcheck hostname"
        " image init ipc isolation label_file labels links logging mac_address mem_limit mem_reservation"
        " mem_swappiness memswap_limit models network_mode networks oom_kill_disable oom_score_adj pid pids_limit"
        " platform ports post_start pre_stop privileged profiles provider pull_policy pull_refresh_after read_only"
        " restart runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt"
        " sysctls tmpfs tty ulimits use_api_socket user userns_mode uts volumes volumes_from working_dir"
    ),
    "services.*.blkio_config": (
        "device_read_bps device_read_iops device_write_bps device_write_iops weight weight_device"
    ),
    "services.*.blkio_config.device_read_bps.*": "path rate",
    "services.*.blkio_config.device_read_iops.*": "path rate",
    "services.*.blkio_config.device_write_bps.*": "path rate",
    "services.*.blkio_config.device_write_iops.*": "path rate",
    "services.*.blkio_config.weight_device.*": "path weight",
    "services.*.build": (
        "additional_contexts args cache_from cache_to context dockerfile dockerfile_inline entitlements extra_hosts"
        " isolation labels network no_cache platforms privileged provenance pull sbom secrets shm_size ssh tags target"
        " ulimits"
    ),
    "services.*.build.secrets.*": "gid mode source target uid",
    "services.*.build.ulimits.*": "hard soft",
    "services.*.configs.*": "gid mode source target uid",
    "services.*.credential_spec": "config file registry",
    "services.*.depends_on.*": "condition required restart",
    "services.*.deploy": (
        "endpoint_mode labels mode placement replicas resources restart_policy rollback_config update_config"
    ),
    "services.*.deploy.placement": "constraints max_replicas_per_node preferences",
    "services.*.deploy.placement.preferences.*": "spread",
    "services.*.deploy.resources": "limits reservations",
    "services.*.deploy.resources.limits": "cpus memory pids",
    "services.*.deploy.resources.reservations": "cpus devices generic_resources memory",
    "services.*.deploy.resources.reservations.devices.*": "capabilities count device_ids driver options",
    "services.*.deploy.resources.reservations.generic_resources.*": "discrete_resource_spec",
    "services.*.deploy.resources.reservations.generic_resources.*.discrete_resource_spec": "kind value",
    "services.*.deploy.restart_policy": "condition delay max_attempts window",
    "services.*.deploy.rollback_config": "delay failure_action max_failure_ratio monitor order parallelism",
    "services.*.deploy.update_config": "delay failure_action max_failure_ratio monitor order parallelism",
    "services.*.develop": "watch",
    "services.*.develop.watch.*": "action exec ignore include initial_sync path target",
    "services.*.develop.watch.*.exec": "command environment privileged user working_dir",
    "services.*.devices.*": "permissions source target",
    "services.*.env_file.*": "format path required",
    "services.*.extends": "file service",
    "services.*.gpus.*": "capabilities count device_ids driver options",
    "services.*.healthcheck": "disable interval retries start_interval start_period test timeout",
    "services.*.logging": "driver options",
    "services.*.models.*": "endpoint_var model_var",
    "services.*.networks.*": (
        "aliases driver_opts gw_priority interface_name ipv4_address ipv6_address link_local_ips mac_address priority"
    ),
    "services.*.ports.*": "app_protocol host_ip mode name protocol published target",
    "services.*.post_start.*": "command environment privileged user working_dir",
    "services.*.pre_stop.*": "command environment privileged user working_dir",
    "services.*.provider": "options type",
    "services.*.secrets.*": "gid mode source target uid",
    "services.*.ulimits.*": "hard soft",
    "services.*.volumes.*": "bind consistency image read_only source target tmpfs type volume",
    "services.*.volumes.*.bind": "create_host_path propagation recursive selinux",
    "services.*.volumes.*.image": "subpath",
    "services.*.volumes.*.tmpfs": "mode size",
    "services.*.volumes.*.volume": "labels nocopy subpath",
    "configs.*": "content environment external file labels name template_driver",
    "configs.*.external": "name",
    "models.*": "context_size model name runtime_flags",
    "networks.*": "attachable driver driver_opts enable_ipv4 enable_ipv6 external internal ipam labels name",
    "networks.*.external": "name",
    "networks.*.ipam": "config driver options",
    "networks.*.ipam.config.*": "aux_addresses gateway ip_range subnet",
    "secrets.*": "driver driver_opts environment external file labels name template_driver",
    "secrets.*.external": "name",
    "volumes.*": "driver driver_opts external labels name",
    "volumes.*.external": "name",
}

#: Forms that the schema takes and Compose then refuses, or panics at.
IMPOSSIBLE = {
    ("services.*.blkio_config.weight", "text"),
    ("services.*.blkio_config.weight_device.*.weight", "text"),
    ("services.*.build.additional_contexts.*", "boolean"),
    ("services.*.build.additional_contexts.*", "null"),
    ("services.*.build.additional_contexts.*", "number"),
    ("services.*.build.ulimits.*", "text"),
    ("services.*.build.ulimits.*.hard", "text"),
    ("services.*.build.ulimits.*.soft", "text"),
    ("services.*.pid", "null"),
    ("services.*.volumes.*.tmpfs.mode", "text"),
}

#: What may be of several kinds: the place, the kinds, the keys (`*` being any name or position); of the same schema.
FORMS = [
    ("include", "map text", "*"),
    ("include.*", "list text", "env_file path"),
    ("services.*", "boolean text", "attach init oom_kill_disable privileged read_only stdin_open tty"),
    ("services.*", "list map", "annotations depends_on environment extra_hosts labels models networks sysctls"),
    ("services.*", "list null text", "command entrypoint"),
    ("services.*", "list text", "dns dns_search env_file gpus label_file tmpfs"),
    ("services.*", "map null", "deploy develop"),
    ("services.*", "map text", "build extends"),
    ("services.*", "null text", "pid"),
    (
        "services.*",
        "number text",
        (
            "cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus mem_limit "
            "mem_reservation mem_swappiness memswap_limit oom_score_adj pids_limit scale shm_size"
        ),
    ),
    ("services.*.annotations", "boolean null number text", "*"),
    ("services.*.blkio_config", "number text", "weight"),
    ("services.*.blkio_config.device_read_bps.*", "number text", "rate"),
    ("services.*.blkio_config.device_read_iops.*", "number text", "rate"),
    ("services.*.blkio_config.device_write_bps.*", "number text", "rate"),
    ("services.*.blkio_config.device_write_iops.*", "number text", "rate"),
    ("services.*.blkio_config.weight_device.*", "number text", "weight"),
    ("services.*.build", "boolean text", "no_cache privileged provenance pull sbom"),
    ("services.*.build", "list map", "additional_contexts args extra_hosts labels ssh"),
    ("services.*.build", "number text", "shm_size"),
    ("services.*.build.additional_contexts", "boolean null number text", "*"),
    ("services.*.build.args", "boolean null number text", "*"),
    ("services.*.build.extra_hosts", "list text", "*"),
    ("services.*.build.labels", "boolean null number text", "*"),
    ("services.*.build.secrets", "map text", "*"),
    ("services.*.build.secrets.*", "number text", "mode"),
    ("services.*.build.ssh", "boolean null number text", "*"),
    ("services.*.build.ulimits", "map number text", "*"),
    ("services.*.build.ulimits.*", "number text", "hard soft"),
    ("services.*.configs", "map text", "*"),
    ("services.*.configs.*", "number text", "mode"),
    ("services.*.depends_on", "map text", "*"),
    ("services.*.depends_on.*", "boolean text", "restart"),
    ("services.*.deploy", "list map", "labels"),
    ("services.*.deploy", "number text", "replicas"),
    ("services.*.deploy.labels", "boolean null number text", "*"),
    ("services.*.deploy.placement", "number text", "max_replicas_per_node"),
    ("services.*.deploy.resources.limits", "number text", "cpus pids"),
    ("services.*.deploy.resources.reservations", "number text", "cpus"),
    ("services.*.deploy.resources.reservations.devices.*", "list map", "options"),
    ("services.*.deploy.resources.reservations.devices.*", "number text", "count"),
    ("services.*.deploy.resources.reservations.devices.*.options", "boolean null number text", "*"),
    ("services.*.deploy.resources.reservations.generic_resources.*.discrete_resource_spec", "number text", "value"),
    ("services.*.deploy.restart_policy", "number text", "max_attempts"),
    ("services.*.deploy.rollback_config", "number text", "max_failure_ratio parallelism"),
    ("services.*.deploy.update_config", "number text", "max_failure_ratio parallelism"),
    ("services.*.develop.watch.*", "list text", "ignore include"),
    ("services.*.develop.watch.*.exec", "boolean text", "privileged"),
    ("services.*.develop.watch.*.exec", "list map", "environment"),
    ("services.*.develop.watch.*.exec", "list null text", "command"),
    ("services.*.develop.watch.*.exec.environment", "boolean null number text", "*"),
    ("services.*.devices", "map text", "*"),
    ("services.*.env_file", "map text", "*"),
    ("services.*.env_file.*", "boolean text", "required"),
    ("services.*.environment", "boolean null number text", "*"),
    ("services.*.expose", "number text", "*"),
    ("services.*.extra_hosts", "list text", "*"),
    ("services.*.gpus.*", "list map", "options"),
    ("services.*.gpus.*", "number text", "count"),
    ("services.*.gpus.*.options", "boolean null number text", "*"),
    ("services.*.group_add", "number text", "*"),
    ("services.*.healthcheck", "boolean text", "disable"),
    ("services.*.healthcheck", "list text", "test"),
    ("services.*.healthcheck", "number text", "retries"),
    ("services.*.labels", "boolean null number text", "*"),
    ("services.*.logging.options", "null number text", "*"),
    ("services.*.models", "map null text", "*"),
    ("services.*.networks", "map null text", "*"),
    ("services.*.networks.*.driver_opts", "number text", "*"),
    ("services.*.ports", "map number text", "*"),
    ("services.*.ports.*", "number text", "published target"),
    ("services.*.post_start.*", "boolean text", "privileged"),
    ("services.*.post_start.*", "list map", "environment"),
    ("services.*.post_start.*", "list null text", "command"),
    ("services.*.post_start.*.environment", "boolean null number text", "*"),
    ("services.*.pre_stop.*", "boolean text", "privileged"),
    ("services.*.pre_stop.*", "list map", "environment"),
    ("services.*.pre_stop.*", "list null text", "command"),
    ("services.*.pre_stop.*.environment", "boolean null number text", "*"),
    ("services.*.provider.options", "boolean list number text", "*"),
    ("services.*.provider.options.*", "boolean number text", "*"),
    ("services.*.secrets", "map text", "*"),
    ("services.*.secrets.*", "number text", "mode"),
    ("services.*.sysctls", "boolean null number text", "*"),
    ("services.*.ulimits", "map number text", "*"),
    ("services.*.ulimits.*", "number text", "hard soft"),
    ("services.*.volumes", "map text", "*"),
    ("services.*.volumes.*", "boolean text", "read_only"),
    ("services.*.volumes.*.bind", "boolean text", "create_host_path"),
    ("services.*.volumes.*.tmpfs", "number text", "mode size"),
    ("services.*.volumes.*.volume", "boolean text", "nocopy"),
    ("services.*.volumes.*.volume", "list map", "labels"),
    ("services.*.volumes.*.volume.labels", "boolean null number text", "*"),
    ("configs.*", "boolean map text", "external"),
    ("configs.*", "list map", "labels"),
    ("configs.*.labels", "boolean null number text", "*"),
    ("networks", "map null", "*"),
    ("networks.*", "boolean map text", "external"),
    ("networks.*", "boolean text", "attachable enable_ipv4 enable_ipv6 internal"),
    ("networks.*", "list map", "labels"),
    ("networks.*.driver_opts", "number text", "*"),
    ("networks.*.labels", "boolean null number text", "*"),
    ("secrets.*", "boolean map text", "external"),
    ("secrets.*", "list map", "labels"),
    ("secrets.*.driver_opts", "number text", "*"),
    ("secrets.*.labels", "boolean null number text", "*"),
    ("volumes", "map null", "*"),
    ("volumes.*", "boolean map text", "external"),
    ("volumes.*", "list map", "labels"),
    ("volumes.*.driver_opts", "number text", "*"),
    ("volumes.*.labels", "boolean null number text", "*"),
]

#: What has a rule of its own where two files are merged, or where two entries of a list are one. Source: the tables of
#: override/merge.go and override/uncity.go of compose-go 2.9.1.
MERGED = (
    "networks.*.ipam.config networks.*.labels volumes.*.labels services.*.annotations services.*.build"
    " services.*.build.args services.*.build.additional_contexts services.*.build.extra_hosts services.*.build.labels"
    " services.*.build.tags services.*.cap_add services.*.cap_drop services.*.command services.*.configs"
    " services.*.depends_on services.*.deploy.labels services.*.devices services.*.dns services.*.dns_opt"
    " services.*.dns_search services.*.entrypoint services.*.env_file services.*.environment services.*.expose"
    " services.*.extra_hosts services.*.healthcheck.test services.*.label_file services.*.labels services.*.links"
    " services.*.logging services.*.models services.*.networks services.*.networks.*.aliases"
    " services.*.networks.*.link_local_ips services.*.ports services.*.profiles services.*.secrets services.*.sysctls"
    " services.*.tmpfs services.*.ulimits.* services.*.volumes services.*.volumes.*.volume.labels"
)

#: What YAML's own tags are called in FORMS; any other scalar is text.
KINDS = {"bool": "boolean", "float": "number", "int": "number", "null": "null"}
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@cache
def case_of(folder: Path) -> Case:
    return read_case(folder)


@cache
def model(folder: Path) -> Project:
    """What our model makes of a case. It knows the case's folder as the place that the recordings know it by."""
    case = case_of(folder)
    files = Files()

    def here(path: str) -> str:
        return f"{folder}{path[len(PROJECT) :]}" if path.startswith(PROJECT) else f"{ENVIRONMENT['HOME']}{path}"

    world = World(lambda path: files.read(here(path)), yaml_text.parse, ENVIRONMENT["HOME"])
    request = Request(
        project_directory=posixpath.normpath(posixpath.join(PROJECT, case.project_directory)),
        files=tuple(posixpath.join(PROJECT, file) for file in case.files),
        project_name=case.project_name,
        environment={**ENVIRONMENT, **case.environment},
        env_files=tuple(posixpath.join(PROJECT, file) for file in case.env_files) or None,
        profiles=case.profiles,
        services=case.services,
    )
    return load_project(request, world)


def printed(path: Path) -> Any:
    """The value of what `config` printed, in which every `$` stands twice."""
    (document,) = yaml_text.parse(path.read_text(encoding="utf-8").replace("$$", "$"), path.name)
    return document.value


def lines(value: Any) -> list[str]:
    """The value with the type of everything in it, and keys in one order: that of Compose means nothing."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).splitlines()


def name_of(folder: Path) -> str:
    return folder.name


#: Where our form is another one than that of 2.40.3, and why.
DIFFERENT = {"extends-null-base": "Compose leaves `extends` there when the other service is null"}
#: Where 2.26.1 has another form; ours is always that of 2.40.3. docs/reference/compose_model.md says the same.
DIFFERENT_IN_2_26 = {
    **DIFFERENT,
    **dict.fromkeys(
        (
            *("configs", "secrets", "file-mode-decimal-and-text", "file-mode-octal-number"),
            "project-development-and-production",
        ),
        "file modes are numbers",
    ),
    **dict.fromkeys(("env-file-list", "env-file-references", "env-files-given"), "other files are looked at first"),
    **dict.fromkeys(("extends-same-file", "merge-extensions"), "x-* of a later file replaces that of an earlier one"),
    "networks-long": "gw_priority is not printed",
    **dict.fromkeys(("selected-build-secrets-kept", "selected-services"), "what is not used is printed"),
}
#: What Compose refuses and we read, and why.
READ_ALL_THE_SAME = {"yaml-json-with-an-escaped-slash": "YAML 1.2 has this escape, so that JSON is YAML"}


def compare(folder: Path, recording: Path, different: dict[str, str]) -> None:
    """What is listed as different has to be so, or the list is out of date."""
    ours, theirs = lines(model(folder).canonical()), lines(printed(recording))
    if folder.name in different:
        assert ours != theirs
    else:
        assert ours == theirs


@pytest.mark.parametrize("folder", ACCEPTED, ids=name_of)
def test_the_model_says_what_2_40_prints(folder: Path) -> None:
    compare(folder, folder / "config.out", DIFFERENT)


@pytest.mark.parametrize("folder", ACCEPTED_BY_BOTH, ids=name_of)
def test_the_model_says_what_2_26_prints(folder: Path) -> None:
    own = folder / "config-2.26.out"
    expected = own if own.exists() else folder / "config.out"
    compare(folder, expected, DIFFERENT_IN_2_26)


@pytest.mark.parametrize("folder", REFUSED, ids=name_of)
def test_the_model_refuses_and_names_the_place(folder: Path) -> None:
    if folder.name in READ_ALL_THE_SAME:
        assert model(folder).canonical()["services"]
        return
    with pytest.raises(ComposeError) as caught:
        model(folder)
    assert {finding.severity for finding in caught.value.findings} == {ERROR}
    text = "\n".join(finding.as_text() for finding in caught.value.findings)
    assert [part for part in case_of(folder).finding if part not in text] == [], text


# What the cases cover


def inputs(folder: Path) -> list[Path]:
    """The YAML files that Compose is given and those that they lead to."""
    return sorted({*(folder / file for file in case_of(folder).files), *folder.rglob("*.yaml")})


def places(node: yaml.Node, place: str = "") -> Iterator[tuple[str, str]]:
    """Each place of a document, with the kind of what stands there; `*` where users choose the name, or a position."""
    yield place, kind(node)
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from places(item, f"{place}.*")
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == "<<":
                for merged in value.value if isinstance(value, yaml.SequenceNode) else [value]:
                    yield from places(merged, place)
            else:
                yield from places(value, f"{place}.{key.value if place in KEYS else '*'}".lstrip("."))


def kind(node: yaml.Node) -> str:
    if isinstance(node, yaml.ScalarNode):
        return KINDS.get(node.tag.rpartition(":")[2], "text")
    return "map" if isinstance(node, yaml.MappingNode) else "list"


@cache
def places_in(path: Path) -> frozenset[tuple[str, str]]:
    documents = yaml.compose_all(path.read_text(encoding="utf-8"), LOADER)
    return frozenset(found for document in documents if document for found in places(document))


@cache
def covered(folders: tuple[Path, ...]) -> frozenset[tuple[str, str]]:
    """Every place of the inputs of these cases, with the kinds of what stands there."""
    return frozenset(found for folder in folders for path in inputs(folder) for found in places_in(path))


@pytest.mark.parametrize("place", KEYS, ids=lambda place: place or "top")
def test_every_key_has_a_case(place: str) -> None:
    seen = {path for path, _kind in covered(ACCEPTED)}
    assert [key for key in KEYS[place].split() if f"{place}.{key}".lstrip(".") not in seen] == []


@pytest.mark.parametrize(("place", "kinds", "keys"), FORMS)
def test_every_form_of_a_key_has_a_case(place: str, kinds: str, keys: str) -> None:
    wanted = {(f"{place}.{key}", form) for key in keys.split() for form in kinds.split()}
    assert sorted(wanted - IMPOSSIBLE - covered(ACCEPTED)) == []
    assert sorted(wanted & IMPOSSIBLE & covered(ACCEPTED)) == []


def test_every_impossible_form_has_a_case() -> None:
    """Input that is no YAML is never called compose.yaml."""
    readable = tuple(folder for folder in REFUSED if case_of(folder).files == ("compose.yaml",))
    assert sorted(IMPOSSIBLE - covered(readable)) == []


@pytest.mark.parametrize("place", MERGED.split())
def test_every_rule_of_merging_has_a_case(place: str) -> None:
    def says(path: Path) -> bool:
        return any(found == place for found, _kind in places_in(path))

    cases = [[folder / file for file in case_of(folder).files] for folder in ACCEPTED]
    assert any(sum(says(path) for path in files) > 1 for files in cases)


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_a_case_is_complete(folder: Path) -> None:
    present = {path.name for path in folder.iterdir()}
    assert len(present & {"config.out", "error.out"}) == 1, "recorded by `python -m tools.record_compose`"
    assert len(present & {"config-2.26.out", "error-2.26.out"}) <= 1
    assert {name for name in present if name.endswith(".out")} <= set(RECORDINGS)
    assert bool(case_of(folder).finding) == (folder in REFUSED), "a refusal names what is wrong, and only that does"
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", folder.name)
    assert folder.name not in ("defaults", "handlers", "meta", "tasks", "vars"), "ansible-lint reads such folders"


@pytest.mark.parametrize("folder", FOLDERS, ids=name_of)
def test_2_26_has_recordings_of_its_own_only_where_it_differs(folder: Path) -> None:
    for own in folder.glob("*-2.26.out"):
        plain = folder / own.name.replace("-2.26", "")
        assert not plain.exists() or plain.read_bytes() != own.read_bytes()
