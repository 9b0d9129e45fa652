# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""x-kubernetes: what Kubernetes has to know about a service and Compose has no word for.

Sources: the Kubernetes API reference (names, labels, quantities, Ingress, HorizontalPodAutoscaler, which scales on
80 % of the CPU that is requested where it is told nothing else).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ..options.schema import REQUIRED, Check, Key, ListOf, MappingOf, Structure
from ..options.values import FLAG, matching, number
from .bounds import bounds
from .kinds import AT_LEAST_ONE, COUNT, SECRET_NAME, URL_PATH, VOLUME_NAME

_LABEL = r"[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?"
_SUBDOMAIN = rf"(?=.{{1,253}}\Z){_LABEL}(?:\.{_LABEL})*"
_WORD = r"[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"

_NAME = matching(_SUBDOMAIN, "the name of an object: lower-case letters, digits, hyphens and dots")
_HOST = matching(rf"(?:\*\.)?{_SUBDOMAIN}", "a host name in lower case, such as shop.example.com")
_SIZE = matching(
    r"(?!0+(?:\.0+)?[A-Z])[0-9]{1,9}(?:\.[0-9]{1,3})?(?:[MGT]i?)",
    "a size with its unit, such as 10Gi",
    "Mi, Gi and Ti are multiples of 1024; M, G and T of 1000",
)
_SECRET_KEY = matching(r"[-._A-Za-z0-9]{1,253}", "a key of the Secret: letters, digits, hyphens, underscores and dots")
_LABEL_NAME = matching(rf"(?:{_SUBDOMAIN}/)?{_WORD}", "the name of a label, such as kubernetes.io/arch")
_LABEL_VALUE = matching(rf"(?:{_WORD})?", "the value of a label: up to 63 letters, digits, - _ and .", free=True)
_ANNOTATION = matching(r"(?s).*", "text", free=True)
_TAINT_VALUE = matching(rf"(?:{_WORD})?", "the value of a taint, up to 63 letters, digits, dots, - and _", free=True)
_PORT = number(1, 65535)
_NODE_PORT = number(1, 65535)
_ACCESS = matching(
    r"ReadWriteOnce|ReadWriteMany|ReadWriteOncePod", "one of ReadWriteOnce, ReadWriteMany and ReadWriteOncePod"
)
_EFFECT = matching(
    r"NoSchedule|PreferNoSchedule|NoExecute", "one of NoSchedule, PreferNoSchedule and NoExecute, or nothing for all"
)


@dataclass(frozen=True)
class SecretKey:
    """Where in the cluster a secret is."""

    name: str
    key: str
    KEYS: ClassVar[Mapping[str, Key]] = {
        "name": Key(
            _NAME,
            "The Secret, in the app's namespace.",
            {"name": "shop-db", "key": "password"},
            REQUIRED,
        ),
        "key": Key(
            _SECRET_KEY,
            "The key within it.",
            {"name": "shop-db", "key": "password"},
            REQUIRED,
        ),
    }


@dataclass(frozen=True)
class Ingress:
    """How the world outside reaches the service."""

    host: str | None = None
    path: str = "/"
    port: int | None = None
    tls_secret: str | None = None
    class_name: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)
    KEYS: ClassVar[Mapping[str, Key]] = {
        "host": Key(
            _HOST,
            "The host name that requests are for.",
            {"host": "shop.example.com"},
            "every host",
        ),
        "path": Key(
            URL_PATH,
            "The start of the paths that go to the service.",
            {"path": "/users", "host": "x.org"},
        ),
        "port": Key(
            number(1, 65535),
            "The container's port.",
            {"port": 8501},
            "the first of `ports` or `expose`",
        ),
        "tls_secret": Key(
            _NAME,
            "The Secret with the certificate for the host.",
            {"host": "shop.example.com", "tls_secret": "shop-tls"},
            "no TLS here",
        ),
        "class_name": Key(
            _NAME,
            "The IngressClass, which is the controller.",
            {"class_name": "alb"},
            "the cluster's default",
        ),
        "annotations": Key(
            MappingOf(_LABEL_NAME, _ANNOTATION, "a mapping from names to text"),
            "What else the controller has to know.",
            {"class_name": "alb", "annotations": {"alb.ingress.kubernetes.io/scheme": "internet-facing"}},
        ),
    }


@dataclass(frozen=True)
class Toleration:
    """A taint of nodes that the pods bear. A text alone is `key`."""

    key: str
    value: str | None = None
    effect: str | None = None
    KEYS: ClassVar[Mapping[str, Key]] = {
        "key": Key(_LABEL_NAME, "The key of the taint.", {"key": "dedicated", "value": "data"}, REQUIRED),
        "value": Key(_TAINT_VALUE, "Its value.", {"key": "dedicated", "value": "data"}, "any"),
        "effect": Key(_EFFECT, "What it does to other pods.", {"key": "dedicated", "effect": "NoSchedule"}, "any"),
    }


@dataclass(frozen=True)
class KubernetesOptions:
    """A Kubernetes cluster."""

    replicas: int | None = None
    min: int | None = None
    max: int | None = None
    storage_class: str | None = None
    storage: Mapping[str, str] = field(default_factory=dict)
    access: Mapping[str, str] = field(default_factory=dict)
    ingress: Ingress | None = None
    node_ports: Mapping[int, int] = field(default_factory=dict)
    load_balancer: bool = False
    secrets: Mapping[str, SecretKey] = field(default_factory=dict)
    node_selector: Mapping[str, str] = field(default_factory=dict)
    tolerations: tuple[Toleration, ...] = ()
    keep_unhealthy: bool = False
    run_as_root: bool = False
    service_account: str | None = None
    KEYS: ClassVar[Mapping[str, Key]] = {
        "replicas": Key(
            COUNT,
            "How many pods run, or start with where they scale.",
            {"replicas": 2},
            "the replicas of the Compose file",
        ),
        "min": Key(
            AT_LEAST_ONE,
            "The fewest pods that scaling leaves.",
            {"min": 2, "max": 6},
            "1",
        ),
        "max": Key(
            AT_LEAST_ONE,
            "The most pods that scaling starts, at 80 % of the CPU that is requested.",
            {"max": 6},
            "nothing scales",
        ),
        "storage_class": Key(
            _NAME,
            "The StorageClass of the service's volumes.",
            {"storage_class": "gp3", "storage": {"data": "50Gi"}},
            "the cluster's default",
        ),
        "storage": Key(
            MappingOf(VOLUME_NAME, _SIZE, "a mapping from volumes to sizes"),
            "For named volumes of the service, how much they hold.",
            {"storage": {"data": "10Gi"}},
        ),
        "access": Key(
            MappingOf(VOLUME_NAME, _ACCESS, "a mapping from volumes to modes of access"),
            "For named volumes of the service, from where they are written. Those of several nodes need a StorageClass"
            " that can do it.",
            {"access": {"uploads": "ReadWriteMany"}},
            "ReadWriteOnce",
        ),
        "ingress": Key(
            Structure(Ingress),
            "How the world outside reaches the service.",
            {"ingress": {"host": "shop.example.com", "path": "/", "tls_secret": "shop-tls"}},
            "it does not",
        ),
        "node_ports": Key(
            MappingOf(_PORT, _NODE_PORT, "a mapping from ports of the container to ports of the nodes"),
            "The ports of all nodes that lead to ports of the container; a cluster allows 30000 to 32767.",
            {"node_ports": {"8501": 30851}},
        ),
        "load_balancer": Key(
            FLAG,
            "Whether the published ports get a load balancer of their own, which the cluster has to provide.",
            {"load_balancer": True},
        ),
        "secrets": Key(
            MappingOf(SECRET_NAME, Structure(SecretKey, secret=True), "a mapping from names to keys of Secrets"),
            "For variables and Compose secrets, the key of a Secret that holds the value.",
            {"secrets": {"DB_PASSWORD": {"name": "shop-db", "key": "password"}}},
        ),
        "node_selector": Key(
            MappingOf(_LABEL_NAME, _LABEL_VALUE, "a mapping from labels to values"),
            "The labels of the nodes that the pods may run on.",
            {"node_selector": {"kubernetes.io/arch": "arm64"}},
        ),
        "tolerations": Key(
            ListOf(Structure(Toleration, short="key"), "a list of taints"),
            "The taints of nodes that keep the pods away from there no longer.",
            {"tolerations": [{"key": "dedicated", "value": "data", "effect": "NoSchedule"}]},
        ),
        "keep_unhealthy": Key(
            FLAG,
            "Whether a pod is left running whose health check fails again and again. It gets no requests in any case.",
            {"keep_unhealthy": True},
            "it is started again",
        ),
        "run_as_root": Key(
            FLAG,
            "Whether the image may run as root, where the Compose file names no user.",
            {"run_as_root": True},
        ),
        "service_account": Key(
            _NAME,
            "The ServiceAccount whose token the pods get, for apps that call the cluster's own API.",
            {"service_account": "shop-reader"},
            "they get none",
        ),
    }
    CHECKS: ClassVar[tuple[Check, ...]] = bounds("replicas")
