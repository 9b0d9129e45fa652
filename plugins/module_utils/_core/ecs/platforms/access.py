# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who may reach what: security groups, target groups and listeners."""

from __future__ import annotations

from typing import Any

from . import names
from .wanted import EC2, Wanted, listener_ports

#: What Docker gives a container of bridge mode that asks for no host port.
_DYNAMIC_PORTS = (32768, 65535)
_SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"


def from_outside(wanted: Wanted) -> list[dict[str, Any]]:
    """Of the load balancer's group: its listeners, to whom they are open."""
    sources = {
        "cidr_ip": [cidr for cidr in wanted.allowed_cidrs if ":" not in cidr],
        "cidr_ipv6": [cidr for cidr in wanted.allowed_cidrs if ":" in cidr],
    }
    return [
        {"proto": "tcp", "from_port": port, "to_port": port, kind: cidrs}
        for port in sorted(listener_ports(wanted))
        for kind, cidrs in sources.items()
        if cidrs
    ]


def from_load_balancer(wanted: Wanted) -> list[dict[str, Any]]:
    """Of the tasks' group: the ports that the load balancer leads to, and nothing else."""
    if not wanted.targets:
        return []
    if wanted.launch_type == EC2:
        ranges = [_DYNAMIC_PORTS]
    else:
        ranges = [(port, port) for port in sorted({target.port for target in wanted.targets})]
    return [{"proto": "tcp", "from_port": first, "to_port": last} for first, last in ranges]


def target_groups(wanted: Wanted) -> list[dict[str, Any]]:
    by_address = wanted.launch_type != EC2
    return [
        {
            "key": target.key,
            "name": names.target_group(wanted.app, target.key, by_address),
            "port": target.port,
            "protocol": "https" if target.protocol.upper() == "HTTPS" else "http",
            "target_type": "ip" if by_address else "instance",
            "health_check_path": target.health_path,
        }
        for target in wanted.targets
    ]


def listeners(wanted: Wanted, arns: dict[str, str]) -> list[dict[str, Any]]:
    """One for each target. With a certificate all of them speak HTTPS, and port 80 leads to the first."""
    certificate = {"Certificates": [{"CertificateArn": wanted.certificate_arn}], "SslPolicy": _SSL_POLICY}
    secured = {"Protocol": "HTTPS", **certificate} if wanted.certificate_arn else {"Protocol": "HTTP"}
    ports = listener_ports(wanted)
    made: list[dict[str, Any]] = [
        {**secured, "Port": port, "DefaultActions": [{"Type": "forward", "TargetGroupArn": arns.get(target.key, "")}]}
        for port, target in zip(ports, wanted.targets)
    ]
    if len(ports) > len(wanted.targets):
        made.append({"Protocol": "HTTP", "Port": ports[-1], "DefaultActions": [_redirect(ports[0])]})
    return made


def _redirect(port: int) -> dict[str, Any]:
    to = {
        "Protocol": "HTTPS",
        "Port": str(port),
        "Host": "#{host}",
        "Path": "/#{path}",
        "Query": "#{query}",
        "StatusCode": "HTTP_301",
    }
    return {"Type": "redirect", "RedirectConfig": to}


def url(wanted: Wanted, dns_name: str) -> str:
    """Where the first target is reached; with a certificate its own name leads there, which DNS has to say."""
    ports = listener_ports(wanted)
    if not dns_name or not ports:
        return ""
    scheme, usual = ("https", 443) if wanted.certificate_arn else ("http", 80)
    return f"{scheme}://{dns_name}" + (f":{ports[0]}" if ports[0] != usual else "") + "/"
