# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic Load Balancing: the attributes that every load balancer has, of which moto gives only some."""

from __future__ import annotations

from collections.abc import Iterable

from moto.backends import get_backend

from .wsgi import ACCOUNT, Environ, StartResponse, Wsgi, body_of, region_of

#: botocore, LoadBalancerAttribute.Key: the defaults of an Application Load Balancer.
DEFAULTS = {
    "access_logs.s3.enabled": "false",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "deletion_protection.enabled": "false",
    "health_check_logs.s3.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}


class BalancersInFront:
    """After each CreateLoadBalancer, moto's load balancers get the attributes they lack."""

    def __init__(self, moto: Wsgi) -> None:
        self.moto = moto

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if b"Action=CreateLoadBalancer&" not in body_of(environ) + b"&":
            return self.moto(environ, start_response)
        answer = list(self.moto(environ, start_response))
        for balancer in get_backend("elbv2")[ACCOUNT][region_of(environ)].load_balancers.values():
            if balancer.type == "application":
                # "The default for Application Load Balancers is true, and can't be changed."
                balancer.attrs["load_balancing.cross_zone.enabled"] = "true"
                for name, value in DEFAULTS.items():
                    balancer.attrs.setdefault(name, value)
        return answer
