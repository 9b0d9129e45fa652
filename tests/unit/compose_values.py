# SPDX-License-Identifier: GPL-3.0-or-later
"""Values as users write them in Compose files, and what Docker Compose makes of each.

The unit tests compare our functions with these tables. The integration tests compare the tables with the real
Compose, so that no row is only believed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ansible_collections.slipway.containers.plugins.module_utils._core.compose.durations import duration
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.hosts import extra_hosts
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.numbers import (
    float32,
    integer,
    plain_text,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.options import (
    device,
    device_count,
    file_mode,
    ulimit,
)
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.ports import ports
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.sizes import byte_size
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.volumes import volume
from ansible_collections.slipway.containers.plugins.module_utils._core.compose.words import words

#: A row: what is written, and its canonical form.
Row = tuple[Any, Any]


@dataclass(frozen=True)
class Kind:
    """One of our functions and its tables.

    `newest` are values that 2.40.3 takes and 2.26.1 refuses or prints differently.
    """

    read: Callable[[Any], Any]
    rows: list[Row]
    newest: list[Row] = field(default_factory=list)
    #: What Compose refuses, too.
    refused: list[Any] = field(default_factory=list)
    #: What 2.26.1 takes and 2.40.3 refuses.
    refused_by_newest: list[Any] = field(default_factory=list)
    #: What 2.40.3 takes and we refuse, and why.
    refused_by_us: list[tuple[Any, str]] = field(default_factory=list)

    @property
    def accepted(self) -> list[Row]:
        return [*self.rows, *self.newest]


def port(
    target: int, published: str | None = None, protocol: str = "tcp", host_ip: str | None = None
) -> dict[str, Any]:
    said = {"host_ip": host_ip, "published": published}
    return {
        "mode": "ingress",
        "target": target,
        "protocol": protocol,
        **{key: text for key, text in said.items() if text},
    }


def bind(source: str, target: str, read_only: bool = False, **details: Any) -> dict[str, Any]:
    mount = {"type": "bind", "source": source, "target": target, "bind": {"create_host_path": True, **details}}
    return {**mount, "read_only": True} if read_only else mount


def named(source: str | None, target: str, read_only: bool = False, **more: Any) -> dict[str, Any]:
    mount = {"type": "volume", "target": target, "volume": {}, **more}
    return {**({"source": source} if source else {}), **mount, **({"read_only": True} if read_only else {})}


PORTS = Kind(
    read=ports,
    rows=[
        (80, [port(80)]),
        ("80", [port(80)]),
        ("80:81", [port(81, "80")]),
        ("22:22", [port(22, "22")]),
        ("127.0.0.1:80:81/udp", [port(81, "80", "udp", "127.0.0.1")]),
        ("3000-3002", [port(3000), port(3001), port(3002)]),
        ("9090-9091:8080-8081", [port(8080, "9090"), port(8081, "9091")]),
        ("9090-9099:80", [port(80, "9090-9099")]),
        ("9090-9090:80", [port(80, "9090")]),
        ("9-12:9-12", [port(10, "10"), port(11, "11"), port(12, "12"), port(9, "9")]),
        ("[::1]:80:80", [port(80, "80", host_ip="::1")]),
        ("[::ffff:1.2.3.4]:80:80", [port(80, "80", host_ip="::ffff:1.2.3.4")]),
        ("[127.0.0.1]:80:80", [port(80, "80", host_ip="127.0.0.1")]),
        ("[]:80:80", [port(80, "80")]),
        ("127.0.0.1::80", [port(80, host_ip="127.0.0.1")]),
        (":80", [port(80)]),
        ("::80", [port(80)]),
        ("80/TCP", [port(80)]),
        ("80/", [port(80)]),
        ("80/sctp", [port(80, protocol="sctp")]),
        ("0:80", [port(80, "0")]),
        ("080:0080", [port(80, "80")]),
        ("65535", [port(65535)]),
        (0x50, [port(80)]),
    ],
    refused=[
        *("", ":", "80:", "/tcp", "80/foo", "80-", "-80", "90-80", "0", "0-3", "65536", "65530-65536", "99999999999"),
        *(
            "+80",
            " 80",
            "80 ",
            "0x50",
            "8_0",
            "８０",
            "８０:80",
            "80:x",
            "x",
            "80/udp:90",
            "8000-8002:80-81",
            "8000:80-81",
        ),
        *("::1:80:80", "[::1:80:80", "::1]:80:80", "[::1%lo]:80:80", "fe80::1%lo:80:80", ":::80", "80:80:80:80"),
        *("1.2.3.4.5:80:80", "1.2.3:80:80", "001.2.3.4:80:80", "localhost:80:80", "[x]:80:80", "[:80:80"),
        *(0, -1, 65536, 80.0, 80.5, True, None, [80]),
    ],
    refused_by_us=[
        ("80/tcp/udp", "Compose drops the second protocol"),
        ("80-90-100", "Compose drops the third port"),
    ],
)

VOLUMES = Kind(
    read=volume,
    rows=[
        ("./a:/b", bind("./a", "/b")),
        ("../a:/b", bind("../a", "/b")),
        (".:/b", bind(".", "/b")),
        ("..:/b", bind("..", "/b")),
        (".a:/b", bind(".a", "/b")),
        ("~:/b", bind("~", "/b")),
        ("~/x:/b", bind("~/x", "/b")),
        ("~x:/b", bind("~x", "/b")),
        ("/a:/b", bind("/a", "/b")),
        ("/a/../c//:/b/", bind("/a/../c//", "/b")),
        ("/a,b:/x", bind("/a,b", "/x")),
        ("/a:/b:ro", bind("/a", "/b", read_only=True)),
        ("/a:/b:rw", bind("/a", "/b")),
        ("/a:/b:ro,rw", bind("/a", "/b")),
        ("/a:/b:rw,ro", bind("/a", "/b", read_only=True)),
        ("/a:/b:z", bind("/a", "/b", selinux="z")),
        ("/a:/b:ro,Z", bind("/a", "/b", read_only=True, selinux="Z")),
        ("/a:/b:rshared", bind("/a", "/b", propagation="rshared")),
        ("/a:/b:slave,z,Z,private", bind("/a", "/b", selinux="Z", propagation="private")),
        ("/a:/b:rprivate,shared,rslave", bind("/a", "/b", propagation="rslave")),
        ("/a:/b:nocopy", {**bind("/a", "/b"), "volume": {"nocopy": True}}),
        ("/a:/b:cached", bind("/a", "/b")),
        ("/a:/b:delegated,ro", bind("/a", "/b", read_only=True)),
        ("/a:/b:consistent", bind("/a", "/b")),
        ("/a:/b:foo,,", bind("/a", "/b")),
        ("/a:/b:RO", bind("/a", "/b")),
        ("/a:/b:ro, z", bind("/a", "/b", read_only=True)),
        ("vol:/b", named("vol", "/b")),
        ("v-1.x_Y:/b", named("v-1.x_Y", "/b")),
        ("vol:b", named("vol", "b")),
        ("vol:/b:ro", named("vol", "/b", read_only=True)),
        ("vol:/b:nocopy,ro", named("vol", "/b", read_only=True, volume={"nocopy": True})),
        ("vol:/b:z", named("vol", "/b", bind={"selinux": "z"})),
        ("vol:/b:c", named("vol", "/b")),
        ("vol:/..", named("vol", "/")),
        ("vol:../x", named("vol", "../x")),
        ("vol:x/../../y", named("vol", "../y")),
        ("vol:./x/..", named("vol", ".")),
        ("vol: /x ", named("vol", " /x ")),
        ("abc", named(None, "abc")),
        ("/abc/../d//e/.", named(None, "/d/e")),
        ("/abc/", named(None, "/abc")),
        ("/a", {"type": "volume", "target": "/a"}),
        ("/", {"type": "volume", "target": "/"}),
        ("é", {"type": "volume", "target": "é"}),
        ("éa", named(None, "éa")),
    ],
    newest=[
        ("/x:${A:-b}", bind("/x", "${A:-b}")),
        ("/${A:-${B:-c}}:/x}:ro", bind("/${A:-${B:-c}}", "/x}", read_only=True)),
    ],
    refused=[
        *("", ":/b", "vol:", "vol::ro", "/a:/b:", "/a:/b:ro:x", "/a:/b:ro:", "/a:/bb:cc:dd", ":::", "${A:/x"),
        *(5, True, None, ["/a:/b"]),
    ],
    refused_by_us=[
        ("v:/b", "Compose takes 'v:' for a drive of Windows, and mounts an anonymous volume at 'v:/b'"),
        ("v:/b:ro", "Compose takes 'v:' for a drive of Windows, and mounts the path 'v:/b' at 'ro'"),
        ("C:\\x:/b", "a path of Windows, and the app runs on Linux"),
        ("C:/x:/b:ro", "a path of Windows, and the app runs on Linux"),
        ("/x:c:/d", "a path of Windows, and the app runs on Linux"),
        ("é:/x", "Compose takes 'é:' for a drive of Windows"),
        ("\\\\.\\pipe\\x:/b", "a path of Windows, and the app runs on Linux"),
        (".\\a:/b", "a path of Windows, from which Compose makes one folder with that name"),
        ("~\\a:/b", "a path of Windows, from which Compose makes one folder with that name"),
        ("vol:\\b", "a path of Windows, and the app runs on Linux"),
        ("::", "Compose mounts a volume at '::'"),
        (".:", "Compose mounts a volume at '.:'"),
    ],
)

DURATIONS = Kind(
    read=duration,
    rows=[
        ("1m30s", "1m30s"),
        ("90s", "1m30s"),
        ("1.5s", "1.5s"),
        ("0s", "0s"),
        ("0", "0s"),
        ("-0", "0s"),
        ("+0", "0s"),
        ("100ms", "100ms"),
        ("1h30m", "1h30m0s"),
        ("1.5h", "1h30m0s"),
        ("1.5m", "1m30s"),
        ("61.001s", "1m1.001s"),
        ("3600000ms", "1h0m0s"),
        ("-5s", "-5s"),
        ("-1.5us", "-1.5µs"),
        ("+5s", "5s"),
        (".5s", "500ms"),
        ("5.s", "5s"),
        ("1us", "1µs"),
        ("1µs", "1µs"),
        ("1μs", "1µs"),
        ("1.05us", "1.05µs"),
        ("1ns", "1ns"),
        ("1.5ns", "1ns"),
        ("1234567ns", "1.234567ms"),
        ("1h1h1s1s", "2h0m2s"),
        ("1s1h", "1h0m1s"),
        ("0.000000001s", "1ns"),
        ("0.0000000001s", "0s"),
        ("0.1234567890123s", "123.456789ms"),
        ("0.3333333333333333333h", "20m0s"),
        ("0.99999999999999999999s", "1s"),
        ("0.97m", "58.2s"),
        ("0.9700000000000000000m", "58.199999999s"),
        ("1.99999999999999999999999999s", "2s"),
        ("1." + "0" * 400 + "1h", "1h0m0s"),
        ("1.000000001h", "1h0m0.0000036s"),
        ("0" * 400 + "1s", "1s"),
        ("2562047h47m16.854775807s", "2562047h47m16.854775807s"),
        ("-2562047h47m16.854775807s", "-2562047h47m16.854775807s"),
        ("9223372036854775807ns", "2562047h47m16.854775807s"),
    ],
    newest=[
        ("1w", "168h0m0s"),
        ("1d", "24h0m0s"),
        ("1d12h", "36h0m0s"),
        ("0.5d", "12h0m0s"),
        ("15250w", "2562000h0m0s"),
    ],
    refused=[
        *("", " ", "+", "-", "--1s", "30", "1.", ".", "s", ".s", "1s ", " 1s", "1s 5ms", "1S", "1M", "1min", "1e3s"),
        *("1_0s", "٣s", "1h-5m", "1y", "5s5", "15251w", "99999999999999999999s", "9" * 5000 + "s"),
        *("2562047h47m16.854775808s", "9223372036854775808ns", 30, 0, 1.5, True, None, ["1s"]),
    ],
    refused_by_newest=["-2562047h47m16.854775808s", "-9223372036854775808ns"],
)

SIZES = Kind(
    read=byte_size,
    rows=[
        ("1g", 1073741824),
        ("512M", 536870912),
        ("1.5gb", 1610612736),
        ("64k", 65536),
        ("1024", 1024),
        (1024, 1024),
        ("1GiB", 1073741824),
        ("1gIb", 1073741824),
        ("1kB", 1024),
        ("1t", 1099511627776),
        ("1p", 1125899906842624),
        ("8191p", 9222246136947933184),
        ("1 g", 1073741824),
        ("1 KiB", 1024),
        ("1 ", 1),
        ("1b", 1),
        ("1B", 1),
        ("1.5", 1),
        ("0.1g", 107374182),
        ("0.3m", 314572),
        ("0", 0),
        (0, 0),
        (-1, -1),
        (-5, -5),
        ("9007199254740993", 9007199254740992),
        (9007199254740993, 9007199254740993),
        (9223372036854775807, 9223372036854775807),
    ],
    newest=[
        (".5g", 536870912),
        ("5.g", 5368709120),
        ("1e3", 1000),
        ("1e3k", 1024000),
        ("1_000", 1000),
        ("+1k", 1024),
        ("-0", 0),
        ("0x1p4k", 16384),
    ],
    refused=[
        *(
            "",
            " ",
            "k",
            ".",
            "-1",
            "-0.5k",
            "1  g",
            " 1g",
            "1g ",
            "1bb",
            "1KK",
            "1e",
            "1kibb",
            "1 kibb",
            "1.2.3k",
            "1,5g",
        ),
        *(
            "1G B",
            "1g5",
            "0x10",
            "1e400",
            "inf",
            "nan",
            "inf0",
            "١k",
            "1é",
            "1\tg",
            "1__0",
            "1\n",
            "9" * 400,
            True,
            None,
            [1],
        ),
    ],
    refused_by_newest=["1gi", "1i", "1ib"],
    refused_by_us=[
        (1.5, "Compose drops a size with a point without a word"),
        (1e9, "Compose drops a size with a point or an exponent without a word"),
        (9223372036854775808, "Compose drops it without a word: 64 bits do not hold it"),
        ("8192p", "Compose makes -9223372036854775808 of it: 64 bits do not hold it"),
        ("9223372036854775807", "Compose makes -9223372036854775808 of it, for want of digits"),
    ],
)

WORDS = Kind(
    read=words,
    rows=[
        ("a b c", ["a", "b", "c"]),
        ("  a  b ", ["a", "b"]),
        ("a\tb\nc\rd", ["a", "b", "c", "d"]),
        ("a\u00a0b\u3000c\u000bd", ["a\u00a0b\u3000c\u000bd"]),
        ("", []),
        ("   ", []),
        # Quotes.
        ('"a b" c', ["a b", "c"]),
        ("'a b' c", ["a b", "c"]),
        ("a\"b c\"d'e f'", ["ab cde f"]),
        ('""', [""]),
        ("a '' b", ["a", "", "b"]),
        ('a""b a"" ""a', ["ab", "a", "a"]),
        ("\"a'b\" 'a\"b'", ["a'b", 'a"b']),
        ('"a\tb"', ["a\tb"]),
        # Backslashes.
        ("a\\ b", ["a b"]),
        ("\\a\\\\", ["a\\"]),
        ('"a\\"b\\n\\\\"', ['a"bn\\']),
        ("'a\\nb\\\\'", ["a\\nb\\\\"]),
        ("'a\\' b", ["a\\", "b"]),
        ('\\"a b\\"', ['"a', 'b"']),
        ("a\\;b\\&\\&c", ["a;b&&c"]),
        ("a\\\nb", ["a\nb"]),
        # Nothing is filled in.
        ("$HOME ${HOME} $ *", ["$HOME", "${HOME}", "$", "*"]),
        ("a{b,c} [ -f ~/x ] # !e A=b", ["a{b,c}", "[", "-f", "~/x", "]", "#", "!e", "A=b"]),
        ("`a b` c", ["`a b`", "c"]),
        ("a`b c`d", ["a`b c`d"]),
        ("`a'b'c` `d\"e\"`", ["`abc`", "`de`"]),
        ("$`a (`b", ["$`a (`b"]),
        ("$(a b) c", ["$(a b)", "c"]),
        ("a$(b 'c' \"d\" `e; f)g", ["a$(b 'c' \"d\" `e; f)g"]),
        ("$(a\\)b) \\$(x)", ["$(a)b)", "$(x)"]),
        ('"$"(a b)', ["$(a b)"]),
        ("\"(\" '(' \\( $\\(", ["(", "(", "(", "$("]),
        ("a) b) c", ["a) b)", "c"]),
        ("))", ["))"]),
        # Operators end the command.
        ("a && b", ["a"]),
        ("a&b", ["a"]),
        ("a; 'b", ["a"]),
        ("a | b", ["a"]),
        ("a <b", ["a"]),
        ("a b>c", ["a", "b"]),
        ("a 2>b", ["a"]),
        ("a 2> b", ["a", "2"][:1]),
        ("a12>b", ["a12"]),
        ("1a>b", []),
        ("a \\5>b", ["a"]),
        ('a 5"x">b', ["a"]),
        ("a 5<b", ["a", "5"]),
        ("'' >a", [""]),
        (";", []),
        ('sh -c "a && b | c"', ["sh", "-c", "a && b | c"]),
        ("`a;b` '|'", ["`a;b`", "|"]),
    ],
    newest=[("a \\\n b", ["a", "\n", "b"])],
    refused=[
        *(
            "a\\",
            '"\\',
            '"a',
            "'a",
            "a'",
            "\"a'",
            "`a",
            "`a'b`",
            '`a"b`',
            "`\\",
            "$(a",
            "$( a'b'",
            "(a)",
            "a(b)",
            "$ (a)",
        ),
        *("a)", "a) b", "$(a (b))", "$(a $(b))", "(", ")", "a 'b", "'\\"),
    ],
)

HOSTS = Kind(
    read=extra_hosts,
    rows=[
        (["a:1.2.3.4"], ["a=1.2.3.4"]),
        (["a=1.2.3.4"], ["a=1.2.3.4"]),
        (["a=::1", "b:::1", "c:[::1]", "d=[::1]"], ["a=::1", "b=::1", "c=::1", "d=::1"]),
        (["a=[]", "b=[x]", "c= [::1]"], ["a=[]", "b=x", "c= [::1]"]),
        (["a=1.1.1.1,[::1]"], ["a=1.1.1.1", "a=::1"]),
        (["a=1.1.1.1, 2.2.2.2,"], ["a=", "a= 2.2.2.2", "a=1.1.1.1"]),
        (["b=1", "a=2", "A=3", "a-b=4", "a:0"], ["A=3", "a-b=4", "a=0", "a=2", "b=1"]),
        (["a=1", "a:1"], ["a=1", "a=1"]),
        (["host.docker.internal:host-gateway"], ["host.docker.internal=host-gateway"]),
        (["a=", "b:", "c d=e", "f=g=h"], ["a=", "b=", "c d=e", "f=g=h"]),
        (["é=1", "z=1", "😀=1", "￼=1"], ["z=1", "é=1", "￼=1", "😀=1"]),
        ({"a": "1.2.3.4", "b": "[::1]", "c": ""}, ["a=1.2.3.4", "b=::1", "c="]),
        ({"b": ["[::1]", "1.1.1.1", "1.1.1.1"], "a": "1,2"}, ["a=1,2", "b=1.1.1.1", "b=1.1.1.1", "b=::1"]),
        ([], []),
        ({}, []),
    ],
    refused=[
        *(["a"], [""], ["=1"], [":1"], ["a:b=c"], [5], [None], [["a=1"]], "a=1", 5, True),
        *({"a": 5}, {"a": None}, {"a": ["1", 5]}, {"a": ["1", None]}, {"": "1"}, {"a:b": "1"}, {"a=b": "1"}),
    ],
    refused_by_us=[({"a": []}, "nothing is said of the host")],
)

CPUS = Kind(
    read=float32,
    rows=[
        (0.1, 0.1),
        (0.5, 0.5),
        (1, 1),
        (1.0, 1),
        ("1.0", 1),
        ("0.1", 0.1),
        (0.3, 0.3),
        (0.333333333, 0.33333334),
        ("0.333333333", 0.33333334),
        (2.675, 2.675),
        (0.00001, 1e-05),
        ("1e-7", 1e-07),
        (1e6, 1000000.0),
        (999999, 999999),
        (16777217, 16777216.0),
        (123456789, 123456790.0),
        (1234567.5, 1234567.5),
        (1e21, 1e21),
        (0, 0),
        ("0", 0),
        ("-0", 0),
        ("1e-50", 0),
        (-0.5, -0.5),
        (-1, -1),
        ("5.", 5),
        (".5", 0.5),
        ("+1", 1),
        ("1_0", 10),
        ("0x1p4", 16),
        ("3.4028235e38", 3.4028235e38),
        (1e-45, 1e-45),
        (1.17549435e-38, 1.1754944e-38),
    ],
    refused=["", " ", "x", " 1", ".", "0x10", "1,5", "1__0", "1e39", True, None, [1]],
    refused_by_us=[
        ("inf", "no machine has them"),
        ("nan", "no machine has them"),
        (1e39, "Compose makes it infinite"),
    ],
)

COUNTS = Kind(
    read=integer,
    rows=[
        (512, 512),
        (512.0, 512),
        ("512", 512),
        ("+512", 512),
        ("010", 10),
        ("-5", -5),
        ("-0", 0),
        (0, 0),
        (1e3, 1000),
        ("9223372036854775807", 9223372036854775807),
        ("-9223372036854775808", -9223372036854775808),
        ("0" * 100 + "1", 1),
    ],
    refused=[
        *("", " ", "5.0", "x", " 5", "5 ", "5_12", "0x10", "1e3", "٣", "9223372036854775808", "-9223372036854775809"),
        *("9" * 5000, True, None, [1]),
    ],
    refused_by_us=[
        (512.7, "Compose drops what stands behind the point"),
        (1e30, "Compose makes -9223372036854775808 of it: 64 bits do not hold it"),
        (9223372036854775808, "Compose makes -9223372036854775808 of it: 64 bits do not hold it"),
    ],
)

TEXTS = Kind(
    read=plain_text,
    rows=[
        ("x", "x"),
        ("", ""),
        (True, "true"),
        (False, "false"),
        (1, "1"),
        (-1, "-1"),
        (0x1F, "31"),
        (18446744073709551615, "18446744073709551615"),
        (1.0, "1"),
        (0.1, "0.1"),
        (-0.0, "-0"),
        (-2.5, "-2.5"),
        (3.14159265358979, "3.14159265358979"),
        (1e5, "100000"),
        (999999.5, "999999.5"),
        (1e6, "1e+06"),
        (-1e6, "-1e+06"),
        (1234567.0, "1.234567e+06"),
        (2097152.5, "2.0971525e+06"),
        (123456789.0, "1.23456789e+08"),
        (9007199254740992.0, "9.007199254740992e+15"),
        (1e15, "1e+15"),
        (1e16, "1e+16"),
        (123456789012345680.0, "1.2345678901234568e+17"),
        (1e20, "1e+20"),
        (999999999999999900000.0, "9.999999999999999e+20"),
        (1e21, "1e+21"),
        (1e100, "1e+100"),
        (1.7976931348623157e308, "1.7976931348623157e+308"),
        (5e-324, "5e-324"),
        (0.0001, "0.0001"),
        (0.00001, "1e-05"),
        (0.00001234, "1.234e-05"),
        (2.5e-7, "2.5e-07"),
    ],
    newest=[(float("inf"), "+Inf"), (float("-inf"), "-Inf"), (float("nan"), "NaN")],
    refused=[[1], {"b": 1}],
)

DEVICES = Kind(
    read=device,
    rows=[
        ("/dev/a", {"source": "/dev/a", "target": "/dev/a", "permissions": "rwm"}),
        ("/dev/a:/dev/b", {"source": "/dev/a", "target": "/dev/b", "permissions": "rwm"}),
        ("/dev/a:/dev/b:r", {"source": "/dev/a", "target": "/dev/b", "permissions": "r"}),
        ("/dev/a::r", {"source": "/dev/a", "target": "/dev/a", "permissions": "r"}),
        ("/dev/a:", {"source": "/dev/a", "target": "/dev/a", "permissions": "rwm"}),
        ("/dev/a:/dev/b:", {"source": "/dev/a", "target": "/dev/b"}),
        ("/dev/a:/dev/b:xyz", {"source": "/dev/a", "target": "/dev/b", "permissions": "xyz"}),
        ("/dev/a:rwm", {"source": "/dev/a", "target": "rwm", "permissions": "rwm"}),
        ("v.com/gpu=all", {"source": "v.com/gpu=all", "target": "v.com/gpu=all", "permissions": "rwm"}),
    ],
    refused=["a:b:c:d", 5, True, None, ["/dev/a"]],
    refused_by_us=[
        ("", "there is no such device"),
        (":/dev/b", "there is no such device"),
        ("::", "there is no such device"),
    ],
)

DEVICE_COUNTS = Kind(
    read=device_count,
    rows=[("all", -1), ("ALL", -1), (2, 2), ("2", 2), ("+5", 5), (-1, -1), ("-5", -5), (0, 0)],
    refused=["", "x", "2.0", "all ", 2.0, 2.5, True, None, [1]],
)

FILE_MODES = Kind(
    read=file_mode,
    rows=[],
    newest=[
        (0o440, "0440"),
        ("0440", "0440"),
        ("440", "0440"),
        (440, "0670"),
        (0, "00"),
        ("0", "00"),
        ("+7", "07"),
        (99999, "0303237"),
        ("777777777777777777777", "0777777777777777777777"),
    ],
    refused=["", " ", "0o440", "u=r", "4_4", True, None, [1]],
    refused_by_newest=["999", 4.5, 288.0],
    refused_by_us=[(-1, "Compose makes 0-1 of it"), ("-1", "Compose makes 0-1 of it")],
)

ULIMITS = Kind(
    read=ulimit,
    rows=[
        (5, 5),
        ("5", 5),
        (-1, -1),
        (0, {"soft": 0, "hard": 0}),
        ({"soft": 1, "hard": 2}, {"soft": 1, "hard": 2}),
        ({"soft": "1", "hard": "2"}, {"soft": 1, "hard": 2}),
        ({"hard": -1, "soft": 0, "x-a": 1}, {"soft": 0, "hard": -1}),
        ({"soft": 5, "hard": 2}, {"soft": 5, "hard": 2}),
    ],
    refused=[
        *("", "x", 5.0, 5.5, True, None, [1], {}, {"soft": 1}, {"soft": 1, "hard": 2, "single": 3}),
        *({"soft": 1.0, "hard": 2}, {"soft": 1, "hard": None}, {"soft": True, "hard": 2}),
    ],
)

KINDS = {
    "ports": PORTS,
    "volumes": VOLUMES,
    "durations": DURATIONS,
    "sizes": SIZES,
    "words": WORDS,
    "hosts": HOSTS,
    "cpus": CPUS,
    "counts": COUNTS,
    "texts": TEXTS,
    "devices": DEVICES,
    "device counts": DEVICE_COUNTS,
    "file modes": FILE_MODES,
    "ulimits": ULIMITS,
}
