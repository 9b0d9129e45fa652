# SPDX-License-Identifier: GPL-3.0-or-later
"""Where hosts are found in texts, and what becomes of them; secrets on the way are never shown."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.addresses import (
    Address,
    in_variable,
    in_word,
    port_variable,
    replaced,
    unparsed,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.compose_app import app
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.target import EcsTarget
from ansible_collections.slipway.containers.plugins.module_utils._core.ecs.compose.translate import translate
from hypothesis import given, settings
from hypothesis import strategies as st


def shown(addresses: list[Address]) -> str:
    return " ".join(map(str, addresses))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("mongodb:27017", "mongodb:27017"),
        ("mongodb://mongodb:27017/db", "mongodb:27017"),
        ("mongodb://user:pw@mongodb:27017/db", "mongodb:27017"),
        ("mongodb://user:p:w@m1:27017,m2:27018,m3/db?replicaSet=rs", "m1:27017 m2:27018 m3"),
        ("redis://:pw@redis:6379/0", "redis:6379"),
        ("amqp://guest:guest@rabbit//", "rabbit"),
        ("jdbc:postgresql://db:5432/shop", "db:5432"),
        ("jdbc:sqlserver://db:1433;databaseName=shop", "db:1433"),
        ("http://a:1,http://b:2", "a:1 b:2"),
        ("http://a/x http://b", "a b"),
        ("kafka1:9092,kafka2:9092", "kafka1:9092 kafka2:9092"),
        ("kafka1:9092; kafka2:9092", "kafka1:9092 kafka2:9092"),
        ("PLAINTEXT://kafka:9092,CONTROLLER://kafka:9093", "kafka:9092 kafka:9093"),
        ("zoo1:2181,zoo2:2181/kafka", "zoo1:2181 zoo2:2181"),
        ("host=db port=5432 dbname=shop", "db"),
        ("Server=tcp:db,1433;Database=shop", "db"),
        ("Server=db;Port=3306", "db"),
        ("postgresql:///shop?host=db&port=5432", "db"),
        ("shop@tcp(db:3306)/shop", "db:3306"),
        ("my_db.internal:80", "my_db.internal:80"),
        ('{"url": "http://api:80/"}', "api:80"),
        ("http://10.0.0.1:80", "10.0.0.1:80"),
    ],
)
def test_hosts_are_found_where_they_are_parsed(text: str, found: str) -> None:
    assert shown(in_variable("ANY", text)) == found


@pytest.mark.parametrize(
    ("text", "usual"),
    [
        ("postgresql+psycopg://db/shop", 5432),
        ("redis://cache", 6379),
        ("jdbc:mysql://db/shop", 3306),
        ("http://api/", 80),
        ("tcp://db", None),
        ("host=db", None),
    ],
)
def test_the_port_that_a_url_does_not_name(text: str, usual: int | None) -> None:
    (address,) = in_variable("ANY", text)
    assert (address.port, address.usual) == (None, usual)


@pytest.mark.parametrize(
    "text",
    [
        *("", "db", "mongodb is down", "/db/data", "C:db", "db:", ":5432", "db:port", "db:123456", "a=b", "x:y:z"),
        *("/srv/db:/data", "db:/data", "user:group", "12:30:45", "unix:///var/run/db.sock", "file:///db", "://db"),
        *("mailto:db@example.com", "db:5432 is the database", "see db:5432.", "http:/db", "dbhost=db", "(db:5432)"),
    ],
)
def test_nothing_is_found_within_other_words(text: str) -> None:
    assert [address for address in in_variable("ANY", text) if address.host in ("db", "mongodb")] == []


@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("DB_HOST", "db", "db"),
        ("spring.redis.host", "cache", "cache"),
        ("KAFKA_BROKERS", "kafka1,kafka2:9092", "kafka1 kafka2:9092"),
        ("API_URL", "api", "api"),
        ("DB_NAME", "db", ""),
        ("GHOST", "db", ""),
        ("HOST_NAME", "db", ""),
        ("API_URL", "api/v1", ""),
        ("IMAGE", "postgres:16", ""),
        ("APP_IMAGE", "registry:5000/app", ""),
        ("POSTGRES_VERSION", "postgres:16", ""),
    ],
)
def test_the_variable_s_name_says_whether_a_word_is_a_host(name: str, text: str, found: str) -> None:
    assert shown(in_variable(name, text)) == found


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("db:5432", "db:5432"),
        ("--db=db:5432", "db:5432"),
        ("-Durl=jdbc:mysql://db/shop", "db"),
        ("--host=db", ""),
        ("db", ""),
        ("until nc -z db 5432; do sleep 1; done", ""),
        ("curl http://db:80/ && nc -z db:81", "db:80"),
    ],
)
def test_words_of_a_command(word: str, found: str) -> None:
    assert shown(in_word(word)) == found


@pytest.mark.parametrize(
    "piece", ["a", "a-", "a.", "a:", "a=", "://", "a://", "@", "a,", "host=", "/", "a:1,", "a@", " "]
)
def test_long_texts_take_no_time(piece: str) -> None:
    """No regular expression goes over a text again and again: a value may be a certificate, or worse."""
    text = piece * (30_000 // len(piece))
    for ending in ("", ":", "=", "://", "-"):
        replaced(text + ending, in_variable("DB_HOST", text + ending), lambda address: None)
        list(unparsed(text + ending, in_word(text + ending)))


def test_what_looks_like_an_address_and_is_not_parsed_is_told_apart() -> None:
    line = "curl http://db:80/ && nc -z db:81 && cat /etc/db:82 user@db:83"
    assert shown(list(unparsed(line, in_word(line)))) == "db:81"


@pytest.mark.parametrize(
    ("name", "port"),
    [("DB_HOST", "DB_PORT"), ("db.host", "db.port"), ("HOST", "PORT"), ("CACHE_URL", "CACHE_PORT"), ("MODE", "MODE")],
)
def test_the_port_beside_a_host(name: str, port: str) -> None:
    assert port_variable(name) == port


_PIECES = st.sampled_from(["db", "db:5432", "://", "@", ",", "/", " ", "=", "host=", "http", ":", "x", "(", "tcp", "é"])


@settings(derandomize=True, deadline=None, database=None, max_examples=300)
@given(st.lists(_PIECES, max_size=12).map("".join))
def test_only_hosts_are_replaced(text: str) -> None:
    """Whatever the text: addresses lie in it, do not overlap, and everything beside them stays."""
    addresses = in_variable("DB_HOST", text)
    for address in addresses:
        assert text[address.start :].startswith(str(address))
    assert replaced(text, addresses, lambda address: address.host) == text
    assert replaced(text, addresses, lambda address: None) == text
    changed = replaced(text, addresses, lambda address: "localhost" if address.host == "db" else None)
    assert changed.replace("localhost", "db") == text


def definition_and_findings(environment: dict[str, Any], launch_type: str, **keys: Any) -> str:
    """All that is known of a translation, as text."""
    services = {
        "web": {"image": "a/b:1", "environment": environment, "x-ecs": {"task": "t"}, **keys},
        "db": {"image": "postgres:16", "x-ecs": {"task": "t"}},
    }
    made, _found = app({"name": "shop", "services": services})
    (translation,) = translate(made, EcsTarget(launch_type, "eu-west-1"))
    return json.dumps([translation.definition, [finding.as_dict() for finding in translation.findings]])


@pytest.mark.parametrize("launch_type", ["FARGATE", "EC2"])
@pytest.mark.parametrize(
    "environment",
    [
        {"DB_PASSWORD": "hunter2secret"},
        {"ANY": "postgres://shop:hunter2secret@db:5432/shop"},
        {"ANY": "postgres://db:5432/x postgres://shop:hunter2secret@db/shop"},
        {"ANY": "shop:hunter2secret@tcp(db:3306)/shop"},
        {"ANY": "redis://:hunter2secret@db:6379"},
        {"apiToken": "hunter2secret"},
        {"ANY": "Server=db;User=sa;Password=hunter2secret"},
        {"ANY": "-Dtoken=hunter2secret"},
    ],
)
def test_a_secret_is_never_shown(environment: dict[str, str], launch_type: str) -> None:
    text = definition_and_findings(environment, launch_type)
    assert "secret-without-source" in text
    assert "hunter2" not in text
    (name,) = environment
    sourced = definition_and_findings(
        environment, launch_type, **{"x-ecs": {"task": "t", "secrets": {name: "/shop/x"}}}
    )
    assert "secret-without-source" not in sourced
    assert "hunter2" not in sourced


def test_findings_about_a_command_show_no_password() -> None:
    """The command itself is left as it is: the rules over definitions speak of passwords in it."""
    made, _found = app(
        {
            "name": "shop",
            "services": {
                "web": {"image": "a/b:1", "command": ["--db=pg://u:hunter2@db:5432/x"], "x-ecs": {"task": "t"}},
                "db": {"image": "postgres:16", "x-ecs": {"task": "t"}},
            },
        }
    )
    (translation,) = translate(made, EcsTarget("FARGATE", "eu-west-1"))
    assert translation.definition["containerDefinitions"][0]["command"] == ["--db=pg://u:hunter2@localhost:5432/x"]
    assert "hunter2" not in json.dumps([finding.as_dict() for finding in translation.findings])
