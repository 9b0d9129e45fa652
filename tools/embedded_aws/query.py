# SPDX-License-Identifier: GPL-3.0-or-later
"""Elastic Load Balancing, EC2 and Auto Scaling, whose parameters are a form: what moto lacks or has otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

from moto.backends import get_backend

from .wsgi import ACCOUNT, Environ, StartResponse, Wsgi, body_of, region_of

Form = dict[str, list[str]]
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


#: An answer without a result, as the query protocol has it.
EMPTY = "<{0}Response xmlns='http://autoscaling.amazonaws.com/doc/2011-01-01/'></{0}Response>"


class QueryInFront:
    """Some actions are asked or answered otherwise, or completed in moto's model afterwards."""

    def __init__(self, moto: Wsgi) -> None:
        self.moto = moto
        self.actions: dict[str, Callable[[Environ, StartResponse, Form], Iterable[bytes]]] = {
            "CreateLoadBalancer": self.create_load_balancer,
            "CreateLaunchTemplate": self.create_launch_template,
            "DescribeTags": self.describe_tags,
            "DisableMetricsCollection": self.disable_metrics_collection,
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        if not environ.get("CONTENT_TYPE", "").startswith("application/x-www-form"):
            return self.moto(environ, start_response)
        form = parse_qs(body_of(environ).decode())
        action = self.actions.get(form.get("Action", [""])[0])
        return action(environ, start_response, form) if action else self.moto(environ, start_response)

    def backend(self, service: Any, environ: Environ) -> Any:
        return get_backend(service)[ACCOUNT][region_of(environ)]

    def create_load_balancer(self, environ: Environ, start_response: StartResponse, _form: Form) -> Iterable[bytes]:
        """It has all its attributes from the beginning."""
        answer = list(self.moto(environ, start_response))
        for balancer in self.backend("elbv2", environ).load_balancers.values():
            if balancer.type == "application":
                # "The default for Application Load Balancers is true, and can't be changed."
                balancer.attrs["load_balancing.cross_zone.enabled"] = "true"
                for name, value in DEFAULTS.items():
                    balancer.attrs.setdefault(name, value)
        return answer

    def create_launch_template(self, environ: Environ, start_response: StartResponse, _form: Form) -> Iterable[bytes]:
        """The template's own tags are no part of its data (botocore, LaunchTemplate.Tags); moto puts them there."""
        answer = list(self.moto(environ, start_response))
        for template in self.backend("ec2", environ).launch_templates.values():
            data = template.versions[0].data
            of_launched = [
                each for each in data.pop("TagSpecifications", []) if each["ResourceType"] != "launch-template"
            ]
            if of_launched:
                data["TagSpecifications"] = of_launched
        return answer

    def describe_tags(self, environ: Environ, start_response: StartResponse, form: Form) -> Iterable[bytes]:
        """botocore, ResourceType: natgateway, which moto calls nat-gateway."""
        asked = body_of(environ)
        if "natgateway" in {value for values in form.values() for value in values}:
            asked = asked.replace(b"=natgateway", b"=nat-gateway")
        lines: list[Any] = []
        changed = {**environ, "wsgi.input": BytesIO(asked), "CONTENT_LENGTH": str(len(asked))}
        answer = b"".join(self.moto(changed, lambda *line: lines.extend(line)))
        answer = answer.replace(b"<resourceType>nat-gateway<", b"<resourceType>natgateway<")
        headers = [(name, value) for name, value in lines[1] if name.lower() != "content-length"]
        start_response(lines[0], [*headers, ("Content-Length", str(len(answer)))])
        return [answer]

    def disable_metrics_collection(
        self, environ: Environ, start_response: StartResponse, form: Form
    ) -> Iterable[bytes]:
        """botocore: these metrics, or all of them when none is named."""
        group = self.backend("autoscaling", environ).autoscaling_groups.get(form["AutoScalingGroupName"][0])
        named = [values[0] for name, values in form.items() if name.startswith("Metrics.member.")]
        if group:
            group.metrics = [each for each in group.metrics if named and each not in named]
        body = EMPTY.format("DisableMetricsCollection").encode()
        start_response("200 OK", [("Content-Type", "text/xml"), ("Content-Length", str(len(body)))])
        return [body]
