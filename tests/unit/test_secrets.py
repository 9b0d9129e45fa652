# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks like a secret, where secrets are looked for, and that none is ever shown.

Tokens are put together here, so that no scanner takes this file for a leak.
"""

from __future__ import annotations

import copy
import json
import string
from collections.abc import Callable
from typing import Any

import pytest
from ansible_collections.slipway.containers.plugins.module_utils._core.secrets import (
    MASK,
    has_mask,
    mask,
    mask_text,
    masked_pair,
    named_like_a_secret,
    token_format,
    unmask,
)
from hypothesis import given, settings
from hypothesis import strategies as st

PROPERTY = settings(derandomize=True, deadline=None, max_examples=60, database=None)
SECRET = "hunter2-Zx9"  # no word of any definition below

# Names


@pytest.mark.parametrize(
    "name",
    [
        *("DB_PASSWORD", "dbPassword", "db-password", "db.password", "PASSWORD", "password", "DATABASE_PASSWD"),
        *("MYSQL_PWD", "DB_PASS", "SSH_PASSPHRASE", "ADMIN_PW", "DB_PASSWORD_2", "ROOT_PASSWORD_OLD"),
        *("API_KEY", "apiKey", "APIKEY", "X_API_KEYS", "DEEPSEEK_API_KEY", "MILVUS_API_KEY"),
        *("GITHUB_TOKEN", "githubToken", "TOKEN", "REFRESH_TOKENS", "splunk-token"),
        *("SECRET", "CLIENT_SECRET", "clientSecret", "DJANGO_SECRET_KEY", "SECRET_KEY_BASE", "SECRETS"),
        *("PRIVATE_KEY", "ENCRYPTION_KEY", "SIGNING_KEY", "STORAGE_ACCOUNT_KEY", "ACCESS_KEY", "LICENSE_KEY"),
        *("GOOGLE_CREDENTIALS", "PASSWORD_SALT", "SENTRY_DSN"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ECS_ENGINE_AUTH_DATA"),
        *("aws_access_key_id", "aws_secret_access_key"),
    ],
)
def test_names_of_secrets(name: str) -> None:
    assert named_like_a_secret(name, SECRET)


@pytest.mark.parametrize("name", ["api-key", "api.key", "private-key", "com.example.access-key"])
def test_names_of_secrets_with_any_separator(name: str) -> None:
    """As options (--api-key x) and labels write them."""
    assert named_like_a_secret(name, SECRET)


@pytest.mark.parametrize("name", ["PGPASSWORD", "DBPassword"])
def test_names_of_secrets_without_a_separator(name: str) -> None:
    """PGPASSWORD is what libpq reads; DBPassword is how CloudFormation writes it."""
    assert named_like_a_secret(name, SECRET)


@pytest.mark.parametrize(
    "name",
    [
        *("DB_PASSWORD_FILE", "dbPasswordFile", "TOKEN_TTL", "tokenTtl", "SECRET_NAME", "SECRET_ARN", "API_KEY_ID"),
        *("TOKEN_URL", "TOKEN_ENDPOINT", "TOKEN_ISSUER", "PASSWORD_MIN_LENGTH", "PASSWORD_POLICY", "API_KEY_HEADER"),
        *("SECRET_PATH", "TOKEN_EXPIRES", "SECRETS_ENABLED", "CREDENTIALS_DIR", "ACCESS_TOKEN_LIFETIME"),
        *("KEYBOARD", "PASSENGER", "MONKEY", "AUTHOR", "COMPASS_MODE", "BYPASS_CACHE", "TOKENIZER", "SECRETARY"),
        *("KEY", "PRIMARY_KEY", "CACHE_KEY", "PUBLIC_KEY", "LOG_LEVEL", "SALTED", "PASSIVE", "TURKEY", ""),
    ],
)
def test_names_of_no_secrets(name: str) -> None:
    assert not named_like_a_secret(name, SECRET)


@pytest.mark.parametrize(
    "value",
    [
        *("", "true", "false", "True", "none", "null", "0", "3600", "65535"),
        *("arn:aws:ssm:eu-central-1:111122223333:parameter/web/db", "arn:aws-cn:secretsmanager:cn-north-1:1:secret:db"),
    ],
)
def test_values_that_are_no_secrets(value: str) -> None:
    assert not named_like_a_secret("DB_PASSWORD", value)


@pytest.mark.parametrize("value", ["x", "123456", "truely", "arn:other:thing", "12345a", " "])
def test_values_that_may_be_secrets(value: str) -> None:
    assert named_like_a_secret("DB_PASSWORD", value)


# Texts

TOKENS = {
    "AKIA" + "IOSFODNN7EXAMPLE": "an AWS access key",
    "ASIA" + "IOSFODNN7EXAMPLE": "an AWS access key",
    "-----BEGIN PRIVATE" + " KEY-----\nMIIEvQIBADAN\n-----END PRIVATE KEY-----": "a private key",
    "-----BEGIN RSA PRIVATE" + " KEY-----\\nMIIEvQIBADAN\\n-----END RSA PRIVATE KEY-----": "a private key",
    "ghp" + "_" + "a1B2" * 9: "a GitHub token",
    "gho" + "_" + "a1B2" * 9: "a GitHub token",
    "github" + "_pat_" + "a1B2_" * 5: "a GitHub token",
    "glpat" + "-" + "a1B2_" * 4: "a GitLab token",
    "xoxb" + "-123456789012-abcdef": "a Slack token",
    "sk" + "_live_" + "a1B2" * 4: "a Stripe key",
    "rk" + "_live_" + "a1B2" * 4: "a Stripe key",
    "AIza" + "a1B2_" * 7: "a Google API key",
    "sk" + "-ant-" + "a1B2" * 5: "an sk- API key",
    "sk" + "-proj-" + "a1B2" * 5: "an sk- API key",
    "eyJ" + "hbGciOiJI.eyJ" + "zdWIiOiIx.c2lnbmF0dXJl": "a JSON Web Token",
}


@pytest.mark.parametrize("token", TOKENS, ids=[f"{name} {token[:8]}" for token, name in TOKENS.items()])
@pytest.mark.parametrize("frame", ["{}", "Bearer {}", "x={}, y", "https://{}@example.com/repo.git"])
def test_token_formats(token: str, frame: str) -> None:
    text = frame.format(token)
    assert token_format(text) == TOKENS[token]
    assert token not in mask_text(text)
    assert mask_text(text).startswith(frame.partition("{}")[0])


@pytest.mark.parametrize(
    "text",
    [
        *("AKIA", "AKIAshort", "ghp_short", "sk-learn", "task-definition-with-a-long-name", "sk_test_a1B2a1B2a1B2a1B2"),
        *("eyJhbGciOiJI", "-----BEGIN CERTIFICATE-----", "glpat-short", "https://hooks.example.com/services/T0/B0"),
    ],
)
def test_no_token_formats(text: str) -> None:
    assert token_format(text) is None
    assert mask_text(text) == text


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"postgres://web:{SECRET}@db:5432/shop", f"postgres://web:{MASK}@db:5432/shop"),
        (f"redis://:{SECRET}@cache:6379/0", f"redis://:{MASK}@cache:6379/0"),
        (f"mongodb+srv://web:{SECRET}@a,b/shop", f"mongodb+srv://web:{MASK}@a,b/shop"),
        (f"pip install https://u:{SECRET}@a.example/x", f"pip install https://u:{MASK}@a.example/x"),
        (f"amqp://u:{SECRET}@a amqp://v:{SECRET}@b", f"amqp://u:{MASK}@a amqp://v:{MASK}@b"),
        ("postgres://db:5432/shop", "postgres://db:5432/shop"),
        ("postgres://web@db:5432/shop", "postgres://web@db:5432/shop"),
        ("http://localhost:8080/a@b", "http://localhost:8080/a@b"),
        ("mailto:web@example.com", "mailto:web@example.com"),
    ],
)
def test_passwords_in_urls(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (f"PASSWORD={SECRET} run", f"PASSWORD={MASK} run"),
        (f"run --password={SECRET} --verbose", f"run --password={MASK} --verbose"),
        (f"run -password={SECRET}", f"run -password={MASK}"),
        (f"export DB_PASSWORD={SECRET}; run", f"export DB_PASSWORD={MASK}; run"),
        (f"A=1&&API_KEY={SECRET}&&run", f"A=1&&API_KEY={MASK}&&run"),
        (f"Server=db;Database=shop;Password={SECRET};", f"Server=db;Database=shop;Password={MASK};"),
        (f"jdbc:x://db/shop?user=web&password={SECRET}", f"jdbc:x://db/shop?user=web&password={MASK}"),
        ("PASSWORD_FILE=/run/secrets/db run", "PASSWORD_FILE=/run/secrets/db run"),
        ("TOKEN_TTL=3600 run --log-level=debug", "TOKEN_TTL=3600 run --log-level=debug"),
        ("serve --port=8080", "serve --port=8080"),
        ("", ""),
    ],
)
def test_assignments_in_texts(text: str, masked: str) -> None:
    assert mask_text(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(f"export DB_PASSWORD='{SECRET}'; run", id="in single quotes"),
        pytest.param(f'export DB_PASSWORD="{SECRET}"; run', id="in double quotes"),
        pytest.param(f"run --password='{SECRET}'", id="an option in quotes"),
        pytest.param(f"run --password {SECRET}", id="an option and its word"),
        pytest.param(f"run --password '{SECRET}'", id="an option and its word in quotes"),
        pytest.param(f"jdbc:x://db/shop?password={SECRET}&user=web", id="first of a URL's query"),
        pytest.param(f"addr=10.0.0.9,username=web,password={SECRET}", id="mount options"),
    ],
)
def test_secrets_in_texts_are_hidden(text: str) -> None:
    assert SECRET not in mask_text(text)


# Places


def in_container(**fields: Any) -> dict[str, Any]:
    return {"family": "web", "containerDefinitions": [{"name": "web", "image": "web:1", **fields}]}


def in_log(**options: str) -> dict[str, Any]:
    return in_container(logConfiguration={"logDriver": "splunk", "options": {"splunk-url": "https://a", **options}})


def in_volume(**docker: Any) -> dict[str, Any]:
    return {"family": "web", "volumes": [{"name": "data", "dockerVolumeConfiguration": docker}]}


#: Every place of a definition where a secret may stand, with that secret planted.
PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "environment": lambda secret: in_container(environment=[{"name": "DB_PASSWORD", "value": secret}]),
    "environment as a map": lambda secret: in_container(environment={"DB_PASSWORD": secret}),
    "URL in environment": lambda secret: in_container(
        environment=[{"name": "DATABASE", "value": f"postgres://web:{secret}@db/shop"}]
    ),
    "dockerLabels": lambda secret: in_container(dockerLabels={"com.example.db-password": secret}),
    "log options": lambda secret: in_log(**{"splunk-token": secret}),
    "firelens options": lambda secret: in_container(
        firelensConfiguration={"type": "fluentbit", "options": {"Http_Passwd": secret}}
    ),
    "driverOpts": lambda secret: in_volume(driverOpts={"password": secret}),
    "volume labels": lambda secret: in_volume(labels={"token": secret}),
    "proxy properties": lambda secret: {
        "proxyConfiguration": {"containerName": "envoy", "properties": [{"name": "ApiToken", "value": secret}]}
    },
    "--password x": lambda secret: in_container(command=["run", "--password", secret]),
    "-password x": lambda secret: in_container(command=["run", "-password", secret]),
    "--password=x": lambda secret: in_container(command=["run", f"--password={secret}"]),
    "sh -c": lambda secret: in_container(command=["sh", "-c", f"PASSWORD={secret} run"]),
    "sh -c export": lambda secret: in_container(entryPoint=["sh", "-c", f"export DB_PASSWORD={secret}; run"]),
    "healthCheck": lambda secret: in_container(
        healthCheck={"command": ["CMD-SHELL", f"curl http://web:{secret}@localhost/"]}
    ),
}
#: Where a secret is a word of its own, it may hold anything that a word may.
WORDS = ("environment", "environment as a map", "dockerLabels", "log options", "firelens options", "driverOpts")
WORDS = (*WORDS, "volume labels", "proxy properties", "--password x", "-password x", "--password=x")

# The Q on either side, which stands nowhere else, keeps them from being numbers, options, or words of a definition.
secrets = st.text(string.ascii_letters + string.digits + "-_+", min_size=8, max_size=20).map("Q{}Q".format)
words = st.text(string.ascii_letters + string.digits + string.punctuation, min_size=8, max_size=20).map("Q{}Q".format)


def shows(value: Any, secret: str) -> bool:
    """Whether a tell-tale part of the secret can be read."""
    dumped = json.dumps(value, ensure_ascii=False)
    return any(json.dumps(part, ensure_ascii=False)[1:-1] in dumped for part in (secret, secret[-8:], secret[:8]))


@pytest.mark.parametrize("name", PLACES)
def test_places(name: str) -> None:
    definition = PLACES[name](SECRET)
    masked = mask(definition)
    assert SECRET in json.dumps(definition)
    assert SECRET not in json.dumps(masked)
    assert json.dumps(masked) == json.dumps(definition).replace(SECRET, MASK)


@pytest.mark.parametrize("name", PLACES)
@PROPERTY
@given(secret=secrets)
def test_no_secret_is_shown(name: str, secret: str) -> None:
    assert not shows(mask(PLACES[name](secret)), secret)


@pytest.mark.parametrize("name", WORDS)
@PROPERTY
@given(secret=words)
def test_no_secret_of_any_characters_is_shown(name: str, secret: str) -> None:
    assert not shows(mask(PLACES[name](secret)), secret)


@PROPERTY
@given(before=secrets, after=secrets, name=st.sampled_from(sorted(PLACES)))
def test_no_secret_is_shown_in_a_diff(before: str, after: str, name: str) -> None:
    pair = masked_pair(PLACES[name](before), PLACES[name](after))
    assert not shows(pair, before)
    assert not shows(pair, after)


@pytest.mark.parametrize("value", [12345678, 12345.5])
def test_a_secret_that_yaml_reads_as_a_number(value: float) -> None:
    """What the user wrote is masked before it is coerced, too: in the invocation that -vvv shows."""
    assert str(value) not in json.dumps(mask(in_container(environment=[{"name": "DB_PASSWORD", "value": value}])))


@pytest.mark.parametrize(
    "definition",
    [
        pytest.param(in_container(environment=[{"name": "LOG_LEVEL", "value": "info"}]), id="environment"),
        pytest.param(in_container(environment=[{"name": "TOKEN_TTL", "value": "36000000"}]), id="about a secret"),
        pytest.param(in_container(environment=[{"name": "DB_PASSWORD_FILE", "value": "/run/db"}]), id="its file"),
        pytest.param(in_container(environment=[{"name": "DB_PASSWORD", "value": ""}]), id="nothing"),
        pytest.param(in_container(secrets=[{"name": "DB_PASSWORD", "valueFrom": "/web/db"}]), id="a reference"),
        pytest.param(in_container(dockerLabels={"team": "web"}), id="label"),
        pytest.param(in_log(**{"splunk-index": "web"}), id="log option"),
        pytest.param(in_container(command=["run", "--password-file", "/run/db", "--verbose"]), id="command"),
        pytest.param(in_container(command=["run", "--token", "--verbose"]), id="a flag without a value"),
        pytest.param(in_container(command=["token", "create", "password"]), id="words"),
        pytest.param(in_container(repositoryCredentials={"credentialsParameter": "web-registry"}), id="API words"),
    ],
)
def test_nothing_else_is_masked(definition: dict[str, Any]) -> None:
    assert mask(definition) == definition


@pytest.mark.parametrize("value", [None, True, 1, 1.5, [], {}, [None, 1], {"environment": None}, {"options": []}])
def test_anything_shaped_like_json_can_be_masked(value: Any) -> None:
    assert mask(value) == value


@pytest.mark.parametrize("item", ["A=x", None, {"name": "DB_PASSWORD"}, {"value": "x"}, {"name": 1, "value": 1}])
def test_odd_items_of_environment_can_be_masked(item: Any) -> None:
    assert len(mask({"environment": [item]})["environment"]) == 1


@pytest.mark.parametrize("name", PLACES)
def test_masking_leaves_the_original_alone(name: str) -> None:
    definition = PLACES[name](SECRET)
    untouched = copy.deepcopy(definition)
    mask(definition)
    assert definition == untouched


@pytest.mark.parametrize("name", PLACES)
def test_masking_twice_is_masking_once(name: str) -> None:
    masked = mask(PLACES[name](SECRET))
    assert mask(masked) == masked


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (MASK, True),
        (f"postgres://web:{MASK}@db", True),
        (["run", "--password", MASK], True),
        ("*******", False),
        (["run"], False),
        ([], False),
        ("", False),
        (None, False),
        (1, False),
        ([1, None], False),
    ],
)
def test_has_mask(value: Any, expected: bool) -> None:
    assert has_mask(value) is expected


# Diffs

OTHER = "swordfish-Kw4"


@pytest.mark.parametrize("name", PLACES)
def test_a_secret_that_changed_says_so(name: str) -> None:
    before, after = masked_pair(PLACES[name](SECRET), PLACES[name](OTHER))
    shown = json.dumps([before, after])
    assert SECRET not in shown
    assert OTHER not in shown
    assert "(changed)" in json.dumps(after)
    assert "(changed)" not in json.dumps(before)


@pytest.mark.parametrize("name", PLACES)
def test_a_secret_that_did_not_change_says_nothing(name: str) -> None:
    before, after = masked_pair(PLACES[name](SECRET), PLACES[name](SECRET))
    assert before == after == mask(PLACES[name](SECRET))


def test_what_is_no_secret_is_shown_on_both_sides() -> None:
    before = in_container(environment=[{"name": "LOG_LEVEL", "value": "info"}, {"name": "API_KEY", "value": SECRET}])
    after = in_container(environment=[{"name": "LOG_LEVEL", "value": "debug"}, {"name": "API_KEY", "value": OTHER}])
    shown_before, shown_after = masked_pair(before, after)
    assert shown_before["containerDefinitions"][0]["environment"] == [
        {"name": "LOG_LEVEL", "value": "info"},
        {"name": "API_KEY", "value": MASK},
    ]
    assert shown_after["containerDefinitions"][0]["environment"] == [
        {"name": "LOG_LEVEL", "value": "debug"},
        {"name": "API_KEY", "value": f"{MASK} (changed)"},
    ]


def test_a_secret_that_is_new_needs_no_word() -> None:
    assert masked_pair({}, {"environment": [{"name": "API_KEY", "value": SECRET}]}) == (
        {},
        {"environment": [{"name": "API_KEY", "value": MASK}]},
    )


def test_a_command_stays_a_list_when_its_secret_changed() -> None:
    _before, after = masked_pair({"command": ["run", "--password", SECRET]}, {"command": ["run", "--password", OTHER]})
    assert isinstance(after["command"], list)


# Back from a result


@pytest.mark.parametrize("name", PLACES)
def test_a_masked_result_can_be_given_back(name: str) -> None:
    original = PLACES[name](SECRET)
    assert unmask(mask(original), original) == (original, [])


@PROPERTY
@given(secret=secrets, name=st.sampled_from(sorted(PLACES)))
def test_any_masked_result_can_be_given_back(secret: str, name: str) -> None:
    original = PLACES[name](secret)
    assert unmask(mask(original), original) == (original, [])


def test_other_values_can_change_around_a_mask() -> None:
    known = in_container(environment=[{"name": "LOG_LEVEL", "value": "info"}, {"name": "API_KEY", "value": SECRET}])
    given_back = in_container(environment=[{"name": "API_KEY", "value": MASK}, {"name": "LOG_LEVEL", "value": "debug"}])
    assert unmask(given_back, known) == (
        in_container(environment=[{"name": "API_KEY", "value": SECRET}, {"name": "LOG_LEVEL", "value": "debug"}]),
        [],
    )


VALUE = "containerDefinitions[web].environment[API_KEY].value"


@pytest.mark.parametrize(
    ("known", "value"),
    [
        pytest.param({}, MASK, id="nothing known"),
        pytest.param(in_container(environment=[{"name": "OTHER", "value": SECRET}]), MASK, id="another name"),
        pytest.param(in_container(environment=[{"name": "API_KEY", "value": "5"}]), MASK, id="nothing was masked"),
        pytest.param(
            in_container(environment=[{"name": "API_KEY", "value": SECRET}]), f"{MASK} (changed)", id="from a diff"
        ),
        pytest.param(
            in_container(environment=[{"name": "API_KEY", "value": SECRET}]), f"x{MASK}", id="something around it"
        ),
    ],
)
def test_a_mask_of_nothing_known_is_reported(known: dict[str, Any], value: str) -> None:
    definition = in_container(environment=[{"name": "API_KEY", "value": value}])
    assert unmask(definition, known) == (definition, [VALUE])


def test_a_masked_command_that_changed_is_reported() -> None:
    known = in_container(command=["run", "--password", SECRET])
    definition = in_container(command=["run", "--fast", "--password", MASK])
    assert unmask(definition, known) == (definition, ["containerDefinitions[web].command"])


def test_a_url_whose_host_changed_is_reported() -> None:
    known = in_container(environment=[{"name": "API_KEY", "value": f"https://u:{SECRET}@a"}])
    definition = in_container(environment=[{"name": "API_KEY", "value": f"https://u:{MASK}@b"}])
    assert unmask(definition, known) == (definition, [VALUE])


def test_without_masks_nothing_is_touched() -> None:
    definition = in_container(environment=[{"name": "API_KEY", "value": SECRET}])
    assert unmask(definition, in_container(environment=[{"name": "API_KEY", "value": OTHER}])) == (definition, [])


def test_a_password_with_an_at_sign_in_a_url_is_hidden_whole() -> None:
    assert mask("redis://app:p@ss@cache:6379/0") == f"redis://app:{MASK}@cache:6379/0"
    assert mask("http://host:8080/path@x and http://host:8080") == "http://host:8080/path@x and http://host:8080"


def test_json_within_a_text_is_read() -> None:
    inside = {"containerOverrides": [{"name": "job", "environment": [{"name": "API_KEY", "value": SECRET}]}]}
    hidden = mask({"Input": json.dumps(inside)})["Input"]
    assert SECRET not in hidden and json.loads(hidden)["containerOverrides"][0]["environment"][0]["value"] == MASK
    assert mask("{'no': json}") == "{'no': json}" and mask('[1,  "a"]') == '[1,  "a"]'
