# SPDX-License-Identifier: GPL-3.0-or-later
"""One realistic file of any number of services, to time the model."""

from __future__ import annotations

from collections.abc import Iterator

HEAD = """\
---
name: large

x-logging: &logging
  driver: json-file
  options: {max-size: 10m, max-file: "3"}

services:
"""
SERVICE = """\
  {name}:
    image: registry.example/team-{team}/{name}:${{TAG:-1.{number}.0}}
    restart: unless-stopped
    command: ["serve", "--port={port}", "--name", "{name}"]
    environment:
      LOG_LEVEL: ${{LOG_LEVEL:-info}}
      DATABASE_URL: postgres://{name}:${{DB_PASSWORD:-secret}}@db-{team}.internal:5432/{name}?sslmode=disable
      WORKERS: {workers}
      PEERS: {peers}
      GREETING: "Hello from {name}, it costs $$5"
    ports:
      - "127.0.0.1:{published}:{port}"
      - "{admin}:9000/tcp"
    expose: ["{port}"]
    healthcheck:
      test: ["CMD-SHELL", "curl -fs http://localhost:{port}/health || exit 1"]
      interval: 30s
      timeout: 5s
      retries: 3
      start_period: 1m30s
    volumes:
      - data-{team}:/var/lib/{name}
      - ./config/{name}.yml:/etc/app/config.yml:ro
    networks: [team-{team}, shared]
    deploy:
      replicas: {replicas}
      resources:
        limits: {{cpus: "{cpus}", memory: {memory}m}}
        reservations: {{memory: {reserved}m}}
    logging: *logging
    labels:
      com.example.team: team-{team}
      com.example.number: {number}
"""
#: Services of a team, which share a network and a volume.
TEAM = 25


def many(services: int) -> str:
    """A Compose file of so many services, each with what one sets in production."""
    teams = range((services + TEAM - 1) // TEAM)
    networks = "".join(f"  team-{team}:\n    internal: true\n" for team in teams)
    volumes = "".join(f"  data-{team}:\n" for team in teams)
    return f"{HEAD}{''.join(_services(services))}\nnetworks:\n  shared:\n{networks}\nvolumes:\n{volumes}"


def _services(services: int) -> Iterator[str]:
    for number in range(services):
        # Ports go up to 65535: each service has two, for up to 22,000 services.
        ports = {"port": 3000 + number % 1000, "published": 10000 + number, "admin": 32000 + number}
        yield SERVICE.format(
            name=f"service-{number}",
            number=number,
            team=number // TEAM,
            peers=",".join(f"service-{other}" for other in _needed(number)) or '""',
            workers=1 + number % 8,
            replicas=1 + number % 3,
            cpus=(0.25, 0.5, 1, 2)[number % 4],
            memory=256 * (1 + number % 4),
            reserved=128 * (1 + number % 2),
            **ports,
        )
        if needed := _needed(number):
            yield "    depends_on:\n"
            yield from (f"      service-{other}: {{condition: {_condition(other)}}}\n" for other in needed)


def _needed(number: int) -> list[int]:
    """The services that one waits for: the one before it in its team, and the team's first."""
    first = number - number % TEAM
    return sorted({first, number - 1}) if number > first else []


def _condition(number: int) -> str:
    return "service_healthy" if number % 2 else "service_started"
