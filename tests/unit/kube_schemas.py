# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether objects have the shape of Kubernetes' own API, by the schemas that kubernetes-validate carries.

The pinned release has those of 1.25 to 1.37. An older one beside it, which is only read, has those of 1.20. Strict: a
field that the API does not have is a problem.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import kubernetes_validate
from ansible_collections.slipway.containers.plugins.module_utils._core.kube.versions import OLDEST, Minor
from jsonschema import Draft4Validator, Draft202012Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4, DRAFT202012

from tools.prepare import old_schemas

_DEFINITIONS = "_definitions.json"


def problems(manifests: Iterable[Mapping[str, Any]], minor: Minor) -> list[str]:
    """Everything that the API of this minor would not take, with where it stands."""
    return [line for manifest in manifests for line in _problems(manifest, minor)]


def _problems(manifest: Mapping[str, Any], minor: Minor) -> list[str]:
    name = f"{manifest['kind']}/{manifest['metadata']['name']}"
    api = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", manifest["apiVersion"])
    try:
        validator = _validator(minor, f"{manifest['kind'].lower()}-{api}.json")
    except FileNotFoundError:
        return [f"{name}: Kubernetes {minor} has no {manifest['kind']} of {manifest['apiVersion']}"]
    return [f"{name}: {error.json_path}: {error.message[:300]}" for error in validator.iter_errors(manifest)]


@cache
def _validator(minor: Minor, file: str) -> Draft4Validator | Draft202012Validator:
    schema = json.loads((_folder(minor) / file).read_text(encoding="utf-8"))
    return _draft(minor)(schema, registry=_definitions(minor))


def _draft(minor: Minor) -> type[Any]:
    return Draft4Validator if minor == OLDEST else Draft202012Validator


@cache
def _definitions(minor: Minor) -> Registry[Any]:
    """Crawled once: a registry that is not is crawled again by each validation."""
    written = json.loads((_folder(minor) / _DEFINITIONS).read_text(encoding="utf-8"))
    resource = Resource.from_contents(written, default_specification=DRAFT4 if minor == OLDEST else DRAFT202012)
    return Registry().with_resource(_DEFINITIONS, resource).crawl()


def _folder(minor: Minor) -> Path:
    package = old_schemas() if minor == OLDEST else Path(str(kubernetes_validate.__file__)).parent
    return package / "kubernetes-json-schema" / f"v{minor}.0-local-strict"
