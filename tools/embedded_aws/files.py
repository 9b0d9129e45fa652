# SPDX-License-Identifier: GPL-3.0-or-later
"""EFS: the deprecated DescribeTags, which community.aws still calls and moto does not have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable

from moto.backends import get_backend

from .wsgi import ACCOUNT, Environ, StartResponse, Wsgi, region_of

#: botocore, DescribeTags.requestUri.
PATH = re.compile(r"/2015-02-01/tags/([^/]+)/?")


class FilesInFront:
    """The tags are those that moto keeps for ListTagsForResource."""

    def __init__(self, moto: Wsgi) -> None:
        self.moto = moto

    def __call__(self, environ: Environ, start_response: StartResponse) -> Iterable[bytes]:
        asked = PATH.fullmatch(environ["PATH_INFO"])
        signed = "/elasticfilesystem/aws4_request" in environ.get("HTTP_AUTHORIZATION", "")
        if not asked or not signed or environ["REQUEST_METHOD"] != "GET":
            return self.moto(environ, start_response)
        backend = get_backend("efs")[ACCOUNT][region_of(environ)]
        if asked[1] not in backend.file_systems_by_id:
            words = {"ErrorCode": "FileSystemNotFound", "Message": f"File system '{asked[1]}' does not exist."}
            return reply(start_response, "404 NOT FOUND", words, [("x-amzn-ErrorType", "FileSystemNotFound")])
        return reply(start_response, "200 OK", {"Tags": backend.list_tags_for_resource(asked[1])}, [])


def reply(start_response: StartResponse, line: str, answer: object, headers: list[tuple[str, str]]) -> list[bytes]:
    body = json.dumps(answer).encode()
    start_response(line, [*headers, ("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
    return [body]
