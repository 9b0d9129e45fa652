# SPDX-License-Identifier: GPL-3.0-or-later
"""Amazon ECR for hosts of the lab: its API from the embedded AWS, and a real registry under its name.

The emulator keeps what it is told of images, and is no registry. So the registry is Debian's, at ECR's own name and
port, and asks for the login that the API gives out. Before each request to the API the emulator is told what was
pushed meanwhile. Nothing in roles or modules knows of it.
"""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from types import TracebackType
from typing import Any

import boto3

from tools.embedded_aws import EmbeddedAws

from .hosts import Host
from .registry import Registry, gateway

ACCOUNT, REGION = "123456789012", "eu-central-1"
NAME = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
#: What the emulator's GetAuthorizationToken says.
USER, TOKEN = "AWS", f"{ACCOUNT}-auth-token"
_MANIFESTS = (
    "application/vnd.docker.distribution.manifest.v2+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.oci.image.index.v1+json",
)


def arguments() -> list[str]:
    """Of `docker run`, for hosts that know ECR by its name."""
    return ["--add-host", f"{NAME}:{gateway()}"]


class Ecr(Registry):
    """ECR while the `with` block runs, for hosts that were made with `arguments()`."""

    def __init__(self) -> None:
        super().__init__(login=True)
        self.user, self.password = USER, TOKEN
        self.port = 443
        self.address = f"{self.gateway}:{self.port}"
        self.subject = f"DNS:{NAME}"
        self.aws = EmbeddedAws()
        self._told: set[tuple[str, str, str]] = set()
        self._telling = Lock()

    def __enter__(self) -> Ecr:
        super().__enter__()
        self.aws.__enter__()
        self._front = ThreadingHTTPServer((self.gateway, 0), self._handler())
        Thread(target=self._front.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._front.shutdown()
        self._front.server_close()
        self.aws.__exit__()
        super().__exit__(kind, problem, trace)

    def environment(self) -> dict[str, str]:
        """Where hosts find the API, and as whom."""
        return {
            "AWS_ENDPOINT_URL": f"http://{self.gateway}:{self._front.server_port}",
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "NO_PROXY": self.gateway,
            "no_proxy": self.gateway,
        }

    def client(self) -> Any:
        session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)
        return session.client("ecr", endpoint_url=self.aws.endpoint_url)

    def trust(self, host: Host) -> None:
        host.push(self.certificate, f"/etc/docker/certs.d/{NAME}/ca.crt")

    def get(self, path: str) -> str:
        return self._asked(path)[0]

    def _asked(self, path: str) -> tuple[str, str]:
        """What the registry answers, and the digest that it says it has."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        context.check_hostname = False  # this machine does not know ECR by its name
        login = base64.b64encode(f"{USER}:{TOKEN}".encode()).decode()
        headers = {"Authorization": f"Basic {login}", "Accept": ", ".join(_MANIFESTS)}
        connection = http.client.HTTPSConnection(self.gateway, self.port, context=context, timeout=10)
        try:
            connection.request("GET", f"/{path}", headers=headers)
            answer = connection.getresponse()
            return answer.read().decode(), answer.headers.get("Docker-Content-Digest", "")
        finally:
            connection.close()

    def tell(self) -> None:
        """The emulator learns of what was pushed since it was last told."""
        with self._telling:
            for repository in json.loads(self.get("v2/_catalog"))["repositories"]:
                for tag in json.loads(self.get(f"v2/{repository}/tags/list"))["tags"] or ():
                    manifest, digest = self._asked(f"v2/{repository}/manifests/{tag}")
                    if (repository, tag, digest) not in self._told:
                        self._told.add((repository, tag, digest))
                        put = {"imageManifest": manifest, "imageTag": tag, "imageDigest": digest}
                        self.client().put_image(repositoryName=repository, **put)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        ecr = self

        class Handler(BaseHTTPRequestHandler):
            """Hands each request on to the emulator, which is told of pushes before."""

            def do_POST(self) -> None:
                ecr.tell()
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                upstream = http.client.HTTPConnection(ecr.aws.endpoint_url.removeprefix("http://"), timeout=30)
                try:
                    upstream.request("POST", self.path, body, dict(self.headers))
                    answer = upstream.getresponse()
                    content = answer.read()
                finally:
                    upstream.close()
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    if name.lower() not in ("content-length", "connection", "server", "date"):
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        return Handler
