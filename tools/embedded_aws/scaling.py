# SPDX-License-Identifier: GPL-3.0-or-later
"""Application Auto Scaling: what moto lacks or lets pass. Source: botocore's texts of the operations."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.backends import get_backend

from .wsgi import ACCOUNT, ApiError, Environ, StartResponse, Wsgi, ask, read, refuse, region_of, respond

#: botocore, SuspendedState: each is false by default; all three are given back.
NOT_SUSPENDED = {
    "DynamicScalingInSuspended": False,
    "DynamicScalingOutSuspended": False,
    "ScheduledScalingSuspended": False,
}


class ScalingInFront:
    """Tags of scalable targets, their limits, and what goes with them when they are deregistered."""

    def __init__(self, moto: Wsgi) -> None:
        self.moto = moto
        self.operations: dict[str, Callable[[Environ, Any], tuple[int, Any]]] = {
            "RegisterScalableTarget": self.register,
            "DeregisterScalableTarget": self.deregister,
            "DescribeScalableTargets": self.describe,
            "TagResource": self.tag,
            "UntagResource": self.untag,
            "ListTagsForResource": self.list_tags,
        }

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        service, _dot, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        if service != "AnyScaleFrontendService" or operation not in self.operations:
            return self.moto(environ, start_response)
        try:
            status, answer = self.operations[operation](environ, read(environ))
        except ApiError as error:
            return refuse(start_response, error)
        return respond(start_response, status, answer)

    def targets(self, environ: Environ) -> list[Any]:
        """moto's scalable targets; our tags are kept on them, so they end with them."""
        backend = get_backend("applicationautoscaling")[ACCOUNT][region_of(environ)]
        return [target for of_dimension in backend.targets.values() for target in of_dimension.values()]

    def present(self, environ: Environ, asked: Any) -> Any:
        wanted = (asked["ResourceId"], asked["ScalableDimension"])
        found = (each for each in self.targets(environ) if (each.resource_id, each.scalable_dimension) == wanted)
        return next(found, None)

    def register(self, environ: Environ, asked: Any) -> tuple[int, Any]:
        present = self.present(environ, asked)
        least = asked.get("MinCapacity", getattr(present, "min_capacity", None))
        most = asked.get("MaxCapacity", getattr(present, "max_capacity", None))
        # botocore: "This property is required when registering a new scalable target", of both. Words: unverified.
        if least is None or most is None:
            raise ApiError("ValidationException", "MinCapacity and MaxCapacity are required for a new scalable target")
        if least > most:
            raise ApiError("ValidationException", "Maximum capacity cannot be less than minimum capacity")
        status, answer = ask(self.moto, environ, asked)
        if status == 200 and present is None:
            # botocore, RegisterScalableTarget.Tags: only for a new one; TagResource is for one that is there.
            self.present(environ, asked).slipway_tags = dict(asked.get("Tags", {}))
        return status, answer

    def deregister(self, environ: Environ, asked: Any) -> tuple[int, Any]:
        """botocore: "Deregistering a scalable target deletes the scaling policies and scheduled actions"."""
        status, answer = ask(self.moto, environ, asked)
        backend: Any = get_backend("applicationautoscaling")[ACCOUNT][region_of(environ)]
        place = (asked["ServiceNamespace"], asked["ResourceId"], asked["ScalableDimension"])
        if status == 200:
            for policy in list(backend.policies.values()):
                if (policy.service_namespace, policy.resource_id, policy.scalable_dimension) == place:
                    backend.delete_scaling_policy(policy.policy_name, *place)
            for action in list(backend.scheduled_actions):
                if (action.service_namespace, action.resource_id, action.scalable_dimension) == place:
                    backend.scheduled_actions.remove(action)
        return status, answer

    def describe(self, environ: Environ, asked: Any) -> tuple[int, Any]:
        status, answer = ask(self.moto, environ, asked)
        for target in answer.get("ScalableTargets", []):
            target["SuspendedState"] = {**NOT_SUSPENDED, **(target.get("SuspendedState") or {})}
        return status, answer

    def tags_of(self, environ: Environ, arn: str) -> dict[str, str]:
        for target in self.targets(environ):
            if target.arn == arn:
                kept: dict[str, str] = target.__dict__.setdefault("slipway_tags", {})
                return kept
        raise ApiError("ResourceNotFoundException", f"The resource {arn} was not found.")

    def tag(self, environ: Environ, asked: Any) -> tuple[int, Any]:
        self.tags_of(environ, asked["ResourceARN"]).update(asked["Tags"])
        return 200, {}

    def untag(self, environ: Environ, asked: Any) -> tuple[int, Any]:
        kept = self.tags_of(environ, asked["ResourceARN"])
        for key in asked["TagKeys"]:
            kept.pop(key, None)
        return 200, {}

    def list_tags(self, environ: Environ, asked: Any) -> tuple[int, Any]:
        return 200, {"Tags": self.tags_of(environ, asked["ResourceARN"])}
