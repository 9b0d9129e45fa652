# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The labels `com.docker.compose.config-hash`, as Docker Compose works them out.

Source: pkg/compose/hash.go and the code around ServiceHash in Docker Compose 2.24 to 5.5. It is the SHA-256 of the
service's JSON with some fields left out, after references to other services became the ids of their containers.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from . import gojson
from .model import Service
from .versions import Version, known

#: Fields that no version hashes, and those that a version stopped hashing.
_NEVER = ("build", "pull_policy", "scale")
_UNTIL = (("depends_on", Version(2, 29)), ("profiles", Version(2, 31)))
#: Since then networks and volumes have a hash, too.
_RESOURCES_SINCE = Version(2, 31)
_SHARED = ("network_mode", "ipc", "pid")
#: Fields that Compose changes or adds to after it has printed its model.
_CHANGED_LATER = ("label_file", "use_api_socket", "models")


def service_hash(service: Service, version: Version, ids: Mapping[str, str]) -> str:
    """The hash of a service. `ids` has the container that each other service is referred to by.

    Of several replicas that is the one whose name sorts first. A service that has none yet is left as its name,
    which gives a hash that no container can have.
    """
    config = {key: value for key, value in service.config.items() if key not in _blanked(version)}
    if config.get("deploy"):
        config["deploy"] = {key: value for key, value in config["deploy"].items() if key != "replicas"}
    for key in _SHARED:
        kind, colon, name = str(config.get(key) or "").partition(":")
        if kind == "service" and colon:
            config[key] = f"container:{ids.get(name, name)}"
    if config.get("volumes_from"):
        config["volumes_from"] = [_container(entry, ids) for entry in config["volumes_from"]]
    return _sha256(config)


def _blanked(version: Version) -> tuple[str, ...]:
    newest = not version.said
    return (*_NEVER, *(field for field, since in _UNTIL if newest or version >= since))


def _container(entry: str, ids: Mapping[str, str]) -> str:
    """`web:ro` and `container:name:ro`: the mode is dropped."""
    words = entry.split(":")
    return words[1] if words[0] == "container" and len(words) > 1 else ids.get(words[0], words[0])


def network_hash(definition: Mapping[str, Any], version: Version) -> str:
    """Nothing where Compose writes no such label."""
    return "" if _without_hash(definition, version) else _sha256(definition)


def volume_hash(definition: Mapping[str, Any], version: Version) -> str:
    """Nothing where Compose writes no such label."""
    if _without_hash(definition, version):
        return ""
    name = {key: value for key, value in definition.items() if key == "name"}
    rest = {key: value for key, value in definition.items() if key not in ("name", "driver")}
    return _sha256({**name, "driver": definition.get("driver") or "local", **rest})


def _without_hash(definition: Mapping[str, Any], version: Version) -> bool:
    return bool(definition.get("external")) or (version.said and version < _RESOURCES_SINCE)


def exact(service: Service, environment: Mapping[str, str], version: Version) -> bool:
    """Whether `service_hash` gives the label itself. `environment` is Compose's, with the values of .env in it."""
    platform = service.build is not None and bool(environment.get("DOCKER_DEFAULT_PLATFORM"))
    return known(version) and not platform and not any(service.config.get(key) for key in _CHANGED_LATER)


def _sha256(value: Any) -> str:
    # The printed model has each dollar twice, so that it can be read again; what is hashed has it once.
    return hashlib.sha256(gojson.dumps(value).replace("$$", "$").encode("utf-8", "surrogatepass")).hexdigest()
