# SPDX-License-Identifier: GPL-3.0-or-later
"""Values of one kind: texts, numbers, paths, ports, volumes, files of variables. Edge cases are as likely as others."""

from __future__ import annotations

from typing import Any

from tools.generate_compose.draw import Draw, Raw, Recipe, declared, fields, listed, newer, of, words
from tools.generate_compose.grammar import duration, interpolated, port, reference, shell, size, variable

#: One a line. A message or default is itself interpolated, needed or not.
INTERPOLATED = """\
$SET
${SET}
${EMPTY}
$UNSET
${UNSET:-default}
${UNSET-a default}
${EMPTY:-x}
${EMPTY-x}
${SET:+other}
${SET+other}
${EMPTY:+other}
${EMPTY+other}
${UNSET+other}
${SET:?needed}
${SET?}
${UNSET:-${SET}}
${UNSET:-a${NUMBER:-9}b}
${UNSET:-}
${UNSET-}
$$SET
$$$$
$${SET}
$$$SET
cost: $$5
${SET}${NUMBER}
${UNSET:-a:b}-${SET}
a$${UNSET:-x}b
${ODD}
x${SPACED}y
${UNSET:-'q'}
${UNSET:-"q"}
${UNSET:-{}}
${UNSET:-$SET}
pre-${SET:-d}-post
${FROM_FILE:-nofile}
${QUOTED:-nofile}
${UNSET:-é}
${UNSET:-/a/b}
${UNSET-a-b:-c}
${UNSET:-?}
${UNSET:--}
${SET:+${NUMBER}}
${_a1-_}
""".splitlines()
#: Texts that a careless reader takes for something else.
ODD = (
    *("a: b", "a #b", "#a", "- a", "? a", "[a]", "{a: b}", "a, b", "*a", "&a", "!a", "%a", "@a", "`a`", ">", "|", "'"),
    *('"', "it's", 'say "hi"', "back\\slash", "\\n", "C:\\dir", "", " ", "two words", " leading", "trailing "),
    *words("null ~ true no on 1 0x10 1e3 1_000 22:22 2001-12-14 .5 +1 = << : a: a=b=c http://u:p@h:1/?q=1&r=<x>#f"),
    *("%(a)s {{ b }} {c}", "--flag='x y'", "grüße", "日本語", "🚀 go", "a\u00a0b", "\u2028", "\x07bell", "é\u0301"),
    *("tab\there", "line\nbreak", "two\n\nlines\n", "  indented\n more\n", "end\n\n", "a\r\nb"),
)
#: Scalars as they stand in the file: numbers in all their forms, booleans, nothing, tags, escapes.
RAW = words(
    """
on off yes No y 0777 0o17 0b11 0x1F 1_000 22:22 1:30:00 1e3 1E-7 .5 +12 -0 1.10 1.0 100000000 12345678901234567890
3.4028235e+38 True FALSE ~ null Null 1e21 123456789.123 0.1 07 08 'it''s' "\\x41\\u00e9" 1.2.3
0.30000000000000004 -1 +0.0 1e400 0x 1__0 ~a nullx
"""
)
TAGGED = ("!!str 12", "!!str true", '!!int "3"', "a  b")
NAMES = (
    *words("A B_2 B_C G FROM_FILE lower with.dot with-dash X1 _x SET UNSET EMPTY PATH é a/b com.example.k"),
    *words("null true 1 on y n ~ 1.5"),
    *("a:b", "a#b", "with space"),
)
WORDS = ("web", "a-b", "a_b", "a.b", "A/B", "v1.2.3", "x" * 90, "registry.example:5000/a/b:1", "postgres://db/app")

IMAGE = of("nginx", "a/b:${SET}", "registry.example:5000/x@sha256:0123", "img:${UNSET:-latest}")
WORD = of(*WORDS)
# A line end alone is a text that 2.26 prints as something else.
TEXT = of(WORD, WORD, of(*ODD, newer("\n", "")), of(*INTERPOLATED), reference, interpolated)
NUMBER = of(0, 1, 2, 80, 65536, -1, 1.5, 0.25, 1e-7, 100000000, 1e21)
SCALAR = of(TEXT, TEXT, TEXT, NUMBER, True, False, None, of(*map(Raw, (*RAW, *TAGGED))), of(*map(Raw, RAW)))
TRUTH = of(True, False, "true", "False", "${FLAG}", "${UNSET:-false}", Raw("yes"), Raw("off"), Raw("True"))
#: Where `yes` is no truth.
PLAIN_TRUTH = of(True, False, "true", "${FLAG}", Raw("TRUE"))
COUNT = of(1, 2, 10, "3", "${NUMBER}", "${UNSET:-4}", Raw("0x10"), Raw("0o17"))
FRACTION = of(0.5, 1, 2.0, "0.25", "1.50", "${NUMBER}", 1e-2, Raw("+1.5"), 0.1, 3.14159)
DURATION = of(duration, duration, "90s", "${UNSET:-7s}", "0s", "1h0m")
SIZE = of(size, size, "64m", "${UNSET:-9m}")
SIZE_OR_NUMBER = of(SIZE, SIZE, 1048576, 0, 1)
ADDRESS = of("127.0.0.1", "0.0.0.0", "::1", "10.0.0.8", "2001:db8::8")
OPTION = of(WORD, "10m", "with, comma", "${SET}", 5, "", "{{.Name}}")


def pairs(value: Any, *, unset: bool) -> Recipe:
    """Names with values, as a mapping or as a list; with `unset`, a list may have names alone."""

    def drawn(draw: Draw) -> Any:
        names = draw.some(NAMES, 5)
        if draw.chance(0.6):
            return {name: draw.of(value) for name in names}
        return [name if unset and draw.chance(0.2) else f"{name}={draw.of(TEXT)}" for name in names]

    return drawn


def options(value: Any) -> Recipe:
    return lambda draw: {name: draw.of(value) for name in draw.some(NAMES, 3)}


# ------------------------------------------------------------------------------------------ commands and other services

SHELL = (
    *(
        "run --now",
        "sh -c 'echo \"a b\" $$HOME'",
        'a "b c" d\\ e',
        "a   b",
        "'' x",
        "a\\\nb",
        "x --y=${SET}",
        "é 'ü ö'",
    ),
    *('a"b"c', "exec >log 2>&1 && x | y", "a #b", "--flag", "a\tb", '"it\'s"', "multi\nline", ""),
)
COMMAND = of(shell, shell, of(*SHELL), listed(TEXT, 4), listed(of("-c", "run", "a b", "$$x", "80"), 3), [])


def depends_on(draw: Draw) -> Any:
    if not draw.earlier:
        return []
    conditions = of("service_started", "service_healthy", "service_completed_successfully")
    long = fields({"restart": PLAIN_TRUTH, "required": of(True, False), "x-why": TEXT}, condition=conditions)
    names = draw.some(draw.earlier)
    if draw.chance(0.4):
        return names
    perhaps = {name: {"condition": "service_started", "required": False} for name in draw.optional if draw.chance(0.5)}
    return {**{name: draw.of(long) for name in names}, **perhaps}


def links(draw: Draw) -> list[str]:
    return [name + draw.of(of("", ":alias", f":{name}")) for name in draw.some(draw.earlier)] if draw.earlier else []


def volumes_from(draw: Draw) -> list[str]:
    known = [f"{name}{mode}" for name in draw.earlier[:2] for mode in ("", ":ro", ":rw")]
    return draw.some([*known[:3], *known[4:5], "container:other", "container:third:ro"], 2)


# ------------------------------------------------------------------------------------------------ ports and volumes

PORTS = (
    *words("80 8082:82 127.0.0.1:8083:83 8084-8086:84-86 87-89 127.0.0.1::90 6091:91/udp 92/udp [::1]:6093:93"),
    *words(
        "8094-8099:94 0.0.0.0:53:53/udp 49160-49162:49160-49162/udp ${PORT}:95 96:96/tcp ${UNSET:-127.0.0.1}:8100:100"
    ),
    *("8101:101/sctp", "65535", "1:1", 81, 0x66, Raw("22:22"), Raw("3000"), Raw("1:30")),
)
LONG_PORT = fields(
    {
        "published": of(8080, "8081", "8090-8099", "${PORT}", ""),
        "host_ip": ADDRESS,
        "protocol": of("tcp", "udp"),
        "mode": of("host", "ingress"),
        "name": of("http", "metrics"),
        "app_protocol": of("http", "http2"),
        "x-note": TEXT,
    },
    target=of(80, 443, "8443", "${NUMBER}"),
)


def ports(draw: Draw) -> list[Any]:
    drawn = [*draw.some(PORTS, 2), *(port(draw) for turn in range(draw.random.randint(0, 2)))]
    return [*drawn, *([draw.of(LONG_PORT)] if draw.chance(0.5) else [])]


SOURCES = (
    *words("./here ../beside /abs/path ~/home . ./a/../b / ${UNSET:-.}/data /trailing/ ./here/ ~ .."),
    "./with space",
)
SHORT_MODES = ("", ":ro", ":rw", ":ro,z", ":rshared", ":Z", ":rw,rslave", ":private,ro", ":cached", ":delegated,ro")
VOLUME = declared("volumes", "data", "cache", "Logs-1", "other.volume", "ext")
MOUNT_OPTIONS: dict[str, Any] = {
    "bind": {
        "bind": fields(
            {
                "propagation": of("rprivate", "rslave", "shared"),
                "create_host_path": of(True, False),
                "recursive": of("enabled", "disabled", "writable", "readonly"),
                "selinux": of("z", "Z"),
            }
        )
    },
    "volume": {
        "volume": newer(
            fields({"nocopy": TRUTH, "subpath": of("a/b", "x"), "labels": pairs(TEXT, unset=False)}),
            fields({"nocopy": TRUTH, "subpath": of("a/b", "x")}),
        )
    },
    "tmpfs": {"tmpfs": fields({"size": of(SIZE, 1024, 0), "mode": of(511, 0o1777, Raw("0o755"))})},
    "image": {},
    "cluster": {},
}
MOUNT_SOURCES: dict[str, Any] = {
    "bind": of(*SOURCES),
    "volume": of(VOLUME, VOLUME, ""),
    "image": "registry.example/data:1",
    "cluster": "shared-volume",
}


def _short_volume(draw: Draw) -> str:
    target = f"/srv/{next(draw.numbers)}{draw.of(of('', '', '/', '/a b', '/./x', '//y'))}"
    bind = f"{draw.random.choice(SOURCES)}:{target}{draw.random.choice(SHORT_MODES)}"
    mode = draw.of(of("", ":ro", ":nocopy", ":rw,nocopy"))
    return str(draw.of(of(bind, bind, target, lambda draw: f"{VOLUME(draw)}:{target}{mode}")))


def _long_volume(draw: Draw) -> dict[str, Any]:
    kind = draw.of(of("bind", "volume", "tmpfs", "volume", "bind", "image", "cluster"))
    known = {"read_only": TRUTH, "consistency": of("cached", "consistent"), "x-note": TEXT, **MOUNT_OPTIONS[kind]}
    if kind == "image" and draw.newest:
        known["image"] = {"subpath": "a/b"}
    source = {"source": MOUNT_SOURCES[kind]} if kind in MOUNT_SOURCES else {}
    target = f"/srv/{next(draw.numbers)}{draw.of(of('', '/', '/./z'))}"
    return {**draw.of(fields(known, type=kind, **source)), "target": target}


def volumes(draw: Draw) -> list[Any]:
    return [draw.of(of(_short_volume, _short_volume, _long_volume)) for turn in range(draw.random.randint(1, 4))]


def file_mounts(kind: str) -> Recipe:
    """Secrets or configs of a service, short and long."""
    name = declared(kind, *(f"{kind[:-1]}-{word}" for word in ("a", "b", "c", "ext")))
    long = fields(
        {
            "target": of("/run/t", "plain", "/etc/a b"),
            "uid": of("0", "1000", "${NUMBER}"),
            "gid": "103",
            "mode": of(Raw("0440"), 0o400, Raw("0o444"), newer("0400", 0o444), Raw("0o0600")),
            "x-note": TEXT,
        },
        source=name,
    )

    def mounts(draw: Draw) -> list[Any]:
        drawn = [draw.of(of(name, long)) for turn in range(draw.random.randint(1, 3))]
        return list({(each if isinstance(each, str) else each["source"]): each for each in drawn}.values())

    return mounts


# ------------------------------------------------------------------------------------------------- files of variables

#: Statements, one a line or more; the last stands over two.
DOTENV = (
    *r"""
PLAIN=value
FROM_FILE=file
export EXPORTED=yes
export  LATE=1
QUOTED='single $SET "x"'
DOUBLE="a $SET\n\tb"
# comment
  # comment further in
EMPTY_LINE=
HASH=a#b
COMMENT=a # comment
SPACES =  b
REFERENCE=${SET}-$PLAIN
DEFAULT=${UNSET:-d}
YAML: style
DOLLAR=a$$b
ESCAPED="say \"hi\" \$SET"
SINGLE='it\'s'
SET=loses
EQUALS=a=b=c
dotted.name=1
UNICODE=grüße 🚀
  INDENTED=1
HASHED="a # b"
JSON={"a": [1, 2]}
QUOTE_IN=it's
SET
UNSET
NESTED=${UNSET:-${SET}}
PLUS=${SET:+p}
NUMBER_1=1
BACKSLASH=a\nb
TRAILING="x" # y
OCTAL="\0101"
SLASHES="a\\b\/c\q"
""".splitlines(),
    "TAB=\tx",
    "WINDOWS=a\r",
    'MULTI="one\ntwo # three\n"',
)


#: Statements that take a variable's value from elsewhere without a reference.
BARE_NAMES = ("SET\n", "UNSET\n")


def dotenv(draw: Draw) -> str:
    lines = [*draw.some(DOTENV, 8), *(variable(draw) for turn in range(draw.random.randint(0, 4)))]
    return "".join(f"{line}\n" for line in lines)


def _variables_file(draw: Draw) -> str:
    name = f"{draw.of(of('env', 'conf/b'))}-{next(draw.numbers)}.env"
    lines = dotenv(draw).splitlines(keepends=True)
    # 2.26 looks references up in other places than the newest release, whose canonical form is ours.
    draw.files[name] = "".join(line for line in lines if draw.newest or ("$" not in line and line not in BARE_NAMES))
    return str(draw.of(of(name, f"./{name}")))


def _raw_variables(draw: Draw) -> dict[str, str]:
    """A file that is taken as it is, quotes and dollars included."""
    name = f"raw-{next(draw.numbers)}.env"
    draw.files[name] = 'A=1\nQUOTED="stays $SET"\n# comment\n\nSPACED= b \nHASH=a # b\nSET\n'
    return {"path": name, "format": "raw"}


ENV_FILE_LONG = of(
    fields({"required": of(True, False)}, path=_variables_file),
    {"path": "missing.env", "required": False},
    newer(_raw_variables, {"path": "also-missing.env", "required": False}),
)


def env_file(draw: Draw) -> Any:
    return draw.of(of(_variables_file, listed(of(_variables_file, ENV_FILE_LONG))))


def label_file(draw: Draw) -> Any:
    name = f"labels-{next(draw.numbers)}.txt"
    draw.files[name] = "com.example.from=file\nquoted='a b'\n# no label\nreference=${SET:-x}\n"
    return draw.of(of(name, [name]))
