# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What looks like a secret, and how it is hidden before anybody sees it.

The same judgement feeds the lint rules and the masks of diffs, results and logs. Sources: AWS Security Hub
control ECS.8 (the three AWS names) and the token formats that their issuers document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from .tree import differing, leaves, map_leaves

MASK = "********"

_SECRET_WORD = re.compile(
    r"(?:^|[_.\-])"
    r"(?:[a-z0-9]*(?:password|passwd|passphrase|secret|token|apikey)s?"
    r"|pass(?:code)?|pwd|pw|api[_.\-]?keys?|credentials?|salt|dsn"
    r"|(?:private|access|encryption|signing|account|master|secret|ssh|license)[_.\-]?keys?)"
    r"(?:$|[_.\-])",
    re.IGNORECASE,
)
# DB_PASSWORD_FILE and TOKEN_TTL name a secret's place or properties, not the secret.
_ABOUT_A_SECRET = re.compile(
    r"[_.\-](?:file|path|dir|arn|name|id|user|username|url|uri|host|port|endpoint|region|ttl|expiry|expires?|lifetime"
    r"|timeout|seconds|minutes|hours|days|length|min|max|count|limit|enabled|required|policy|header|type|alg|algorithm"
    r"|issuer|audience|prefix|version)$",
    re.IGNORECASE,
)
_NEVER_SECRET = {"PWD", "OLDPWD"}
_ALWAYS_SECRET = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "ECS_ENGINE_AUTH_DATA"}
_HARMLESS_VALUE = re.compile(r"(?:|true|false|none|null|\d{1,5}|arn:aws[\w-]*:.*)\Z", re.IGNORECASE)

URL_PASSWORD = re.compile(r"(?P<keep>\b[a-z][a-z0-9+.\-]{0,30}://[^\s/:@]*:)(?P<secret>[^\s/]+)(?=@)", re.IGNORECASE)
_QUOTED = r"'[^']*'|\"[^\"]*\""
_NAME = r"(?P<name>[A-Za-z][\w.\-]*)"
#: NAME=value, --name value and "name": "value" within a longer text.
_ASSIGNMENTS = (
    re.compile(rf"(?P<keep>(?<![\w.\-])-{{0,2}}{_NAME}=)(?P<secret>{_QUOTED}|(?:[^\s;&\"',]|,(?!\w+=))+)"),
    re.compile(rf"(?P<keep>(?<![\w.\-])--?{_NAME}\s+)(?P<secret>{_QUOTED}|[^\s\-][^\s;&]*)"),
    re.compile(rf"(?P<keep>[\"']{_NAME}[\"']\s*:\s*)(?P<secret>{_QUOTED})"),
)
#: One word of a command that is nothing but NAME=value or --name=value.
_WHOLE_WORD = re.compile(rf"(?P<keep>(?:--?(?=.)|(?!.*\s)){_NAME}=)(?P<secret>.+)", re.DOTALL)
#: Formats that are a secret whatever they are called.
TOKEN_FORMATS: Mapping[str, re.Pattern[str]] = {
    "an AWS access key": re.compile(r"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
    "a private key": re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    "a GitHub token": re.compile(r"\b(?:gh[pousr]_[A-Za-z0-9]{36,}|github_pat_[A-Za-z0-9_]{22,})\b"),
    "a GitLab token": re.compile(r"\bglpat-[A-Za-z0-9_\-]{20,}"),
    "a Slack token": re.compile(r"\bxox[abeprs]-[A-Za-z0-9\-]{10,}"),
    "a Stripe key": re.compile(r"\b[rs]k_live_[A-Za-z0-9]{16,}\b"),
    "a Google API key": re.compile(r"\bAIza[A-Za-z0-9_\-]{35}"),
    "an sk- API key": re.compile(r"\bsk-[A-Za-z0-9_\-]{20,}"),
    # A header of bounded length: a long text of nothing but "eyJ-" would otherwise take its length squared.
    "a JSON Web Token": re.compile(r"\beyJ[A-Za-z0-9_\-]{8,1000}\.eyJ[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]*"),
}

#: Maps whose keys the user chose; elsewhere a key is the API's word and says nothing about the value.
_FREE_MAPS = ("dockerLabels", "options", "driverOpts", "labels")
#: Lists of {name, value} whose names the user chose.
_NAMED_VALUES = ("environment", "properties", "env")


def named_like_a_secret(name: str, value: str) -> bool:
    """DB_PASSWORD=hunter2 is, DB_PASSWORD_FILE=/run/secrets/db and TOKEN_TTL=3600 are not."""
    if _HARMLESS_VALUE.match(value):
        return False
    if name.upper() in _ALWAYS_SECRET | _NEVER_SECRET:
        return name.upper() in _ALWAYS_SECRET
    separated = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)  # dbPassword, DBPassword
    return bool(_SECRET_WORD.search(separated)) and not _ABOUT_A_SECRET.search(separated)


def token_format(value: str) -> str | None:
    """The name of the token format that stands in the text, if any."""
    return next((name for name, pattern in TOKEN_FORMATS.items() if pattern.search(value)), None)


def mask_text(text: str) -> str:
    """Hide passwords in URLs, tokens of known formats, and NAME=value where NAME sounds secret."""
    masked = URL_PASSWORD.sub(rf"\g<keep>{MASK}", text)
    for pattern in TOKEN_FORMATS.values():
        masked = pattern.sub(MASK, masked)
    for pattern in _ASSIGNMENTS:
        masked = pattern.sub(_mask_assignment, masked)
    return masked


def _mask_assignment(match: re.Match[str]) -> str:
    secret = named_like_a_secret(match["name"], match["secret"].strip("'\""))
    return f"{match['keep']}{MASK}" if secret else match[0]


def _mask_json(text: str) -> str:
    """Text may be JSON, as the input of a schedule is: there a secret's name and its value stand apart."""
    if not text.lstrip().startswith(("{", "[")):
        return text
    try:
        read = json.loads(text)
        hidden = mask(read)
    except (ValueError, RecursionError):
        return text
    return text if hidden == read else json.dumps(hidden)


def _mask_named(name: Any, value: Any) -> Any:
    """A number may be a secret too; it is one as YAML reads an unquoted PIN."""
    plain = isinstance(value, (str, int, float)) and not isinstance(value, bool)
    if plain and isinstance(name, str) and named_like_a_secret(name, str(value)):
        return MASK
    return mask(value)


def _mask_words(words: list[Any]) -> list[Any]:
    """A list of words may be a command: the word after `--password` is a secret, and so is all behind `--password=`."""
    masked = [_mask_word(word) for word in words]
    for position, (flag, word) in enumerate(zip(words, words[1:]), start=1):
        if (
            isinstance(flag, str)
            and isinstance(word, str)
            and flag.startswith("-")
            and not word.startswith("-")
            and named_like_a_secret(flag.lstrip("-"), word)
        ):
            masked[position] = MASK
    return masked


def _mask_word(word: Any) -> Any:
    match = _WHOLE_WORD.fullmatch(word) if isinstance(word, str) else None
    if match and named_like_a_secret(match["name"], match["secret"]):
        return f"{match['keep']}{MASK}"
    return mask(word)


def mask(value: Any) -> Any:
    """The same JSON-shaped value with everything that looks like a secret hidden."""
    if isinstance(value, str):
        return mask_text(_mask_json(value))
    if isinstance(value, list):
        return _mask_words(value)
    if not isinstance(value, Mapping):
        return value
    return {key: _mask_member(key, member) for key, member in value.items()}


def _mask_member(key: Any, member: Any) -> Any:
    if key in _FREE_MAPS and isinstance(member, Mapping):
        return {name: _mask_named(name, text) for name, text in member.items()}
    if key in _NAMED_VALUES and isinstance(member, list):
        return [
            {**item, "value": _mask_named(item.get("name"), item["value"])}
            if isinstance(item, Mapping) and "value" in item
            else mask(item)
            for item in member
        ]
    if key in _NAMED_VALUES and isinstance(member, Mapping):  # not the API's shape, yet it may hold secrets
        return {name: _mask_named(name, text) for name, text in member.items()}
    return mask(member)


def has_mask(value: Any) -> bool:
    return any(isinstance(word, str) and MASK in word for word in (value if isinstance(value, list) else [value]))


def masked_pair(before: Any, after: Any, hide: Callable[[Any], Any] = mask) -> tuple[Any, Any]:
    """Both sides of a diff, masked; a secret that changed says so without showing either value."""
    hidden_before, hidden_after = hide(before), hide(after)
    changed = set(differing(before, after)) - set(differing(hidden_before, hidden_after))

    def say_changed(path: str, leaf: Any) -> Any:
        if path not in changed:
            return leaf
        return [*leaf, "(changed)"] if isinstance(leaf, list) else f"{leaf} (changed)"

    return hidden_before, map_leaves(hidden_after, say_changed)


def unmask(value: Any, known: Any) -> tuple[Any, list[str]]:
    """Put back what was masked in a returned value, from the `known` original it was returned for.

    So a result can be fed back as input although results never show secrets. Returned beside the value: the
    paths of masks that match nothing known, which therefore cannot be meant.
    """
    originals, masked = leaves(known), leaves(mask(known))
    unknown: list[str] = []

    def restore(path: str, leaf: Any) -> Any:
        if not has_mask(leaf):
            return leaf
        if masked.get(path) == leaf:
            return originals[path]
        unknown.append(path)
        return leaf

    return map_leaves(value, restore), unknown
