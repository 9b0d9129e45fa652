# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Calls to AWS: retried when throttled, paged to the end, and explained when they fail."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry

try:
    from botocore import exceptions as aws
    from botocore import xform_name
except ImportError:  # AnsibleAWSModule reports it before anything here runs
    pass

#: ECS says ThrottlingException, which amazon.aws does not retry by default.
RETRY = AWSRetry.jittered_backoff(
    retries=6, delay=1, max_delay=20, catch_extra_error_codes=["ThrottlingException", "ServerException"]
)

_EXPIRED = ("ExpiredToken", "ExpiredTokenException", "RequestExpired")
_UNKNOWN_CALLER = ("UnrecognizedClientException", "InvalidClientTokenId", "InvalidSignatureException", "AuthFailure")
THROTTLED = ("ThrottlingException", "Throttling", "TooManyRequestsException", "RequestLimitExceeded")
#: The prefix of IAM actions where it is not the endpoint's.
_IAM_PREFIX = {"api.ecr": "ecr", "monitoring": "cloudwatch", "tagging": "tag"}
#: EC2 has a code of its own.
_DENIED = ("AccessDenied", "UnauthorizedOperation")
_NOT_ALLOWED = re.compile(r"not authorized to perform: ([a-z0-9-]+:[A-Za-z0-9]+)")


class AwsError(Exception):
    """A call that failed, in one sentence that names the call, what AWS said, and what to do."""

    def __init__(self, sentence: str, code: str = "") -> None:
        super().__init__(sentence)
        self.code = code


def call(client: Any, operation: str, **parameters: Any) -> dict[str, Any]:
    """One API call by its API name (DescribeServices) on a client made with RETRY."""
    method = getattr(client, xform_name(operation))
    try:
        response: dict[str, Any] = method(aws_retry=True, **parameters)
    except aws.ClientError as error:
        raise _refused(client, operation, error) from error
    except aws.BotoCoreError as error:
        raise AwsError(_not_sent(client, operation, error)) from error
    return response


def pages(client: Any, operation: str, key: str, token: str = "nextToken", **parameters: Any) -> Iterator[Any]:
    """The items under `key` of every page. ECS calls its page token nextToken, EventBridge NextToken."""
    more: dict[str, Any] = {}
    while True:
        response = call(client, operation, **parameters, **more)
        yield from response[key]
        if not response.get(token):
            return
        more = {token: response[token]}


def _refused(client: Any, operation: str, error: Any) -> AwsError:
    code, message = error.response["Error"].get("Code", ""), error.response["Error"].get("Message", "")
    action = _iam_action(client, operation)
    said = f"AWS said {code}: {message}"
    if code in _EXPIRED:
        sentence = f"The AWS session has expired, so {action} was refused. Renew the credentials and run again. {said}"
    elif code in _UNKNOWN_CALLER:
        sentence = (
            f"AWS does not know these credentials, so {action} was refused. Check the access key and region. {said}"
        )
    elif code.startswith(_DENIED):
        sentence = f"These credentials lack the permission {_missing(action, message)}. {said}"
    elif code in THROTTLED:
        sentence = f"AWS throttled {action}, also after retries with growing pauses. Run again later. {said}"
    else:
        sentence = f"{action} failed. {said}"
    return AwsError(sentence, code)


def _missing(action: str, message: str) -> str:
    """AWS names the action that is missing, which may be another than that of the call, such as iam:PassRole."""
    named = _NOT_ALLOWED.search(message)
    return action if named is None or named[1] == action else f"{named[1]}, which {action} needs"


def _not_sent(client: Any, operation: str, error: Any) -> str:
    action = _iam_action(client, operation)
    if isinstance(error, (aws.NoCredentialsError, aws.PartialCredentialsError, aws.CredentialRetrievalError)):
        remedy = "Set access_key and secret_key, profile, or the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."
        return f"No usable AWS credentials were found for {action}. {remedy} ({error})"
    if isinstance(error, (aws.HTTPClientError, aws.EndpointConnectionError, aws.ConnectionError)):
        remedy = "Check endpoint_url, region and network."
        return f"AWS could not be reached for {action} at {client.meta.endpoint_url}. {remedy} ({error})"
    return f"{action} was not sent: {error}"


def _iam_action(client: Any, operation: str) -> str:
    prefix = client.meta.service_model.endpoint_prefix
    return f"{_IAM_PREFIX.get(prefix, prefix)}:{operation}"
