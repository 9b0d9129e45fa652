# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Env files as Compose 2.40.3 reads them.

Compose 2.26.1 reads one file alike, but knows no `format: raw`. Of several files, a reference in a later one prefers
what earlier ones say to what its own file says and, in `env_file`, even to what the environment of the project says;
and no reference in an `env_file` sees the `environment` of the service, as it does since.

No message here holds a value, nor what stands where a name should: it may be the second line of a private key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from ..findings import shown
from .interpolation import LONGEST, Lookup, MissingVariableError, OnUnset, ignore_unset, substitute

# White space to Go, and what of it Compose skips within a line.
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
_BLANK = "\t\v\f\r \x85\xa0"

_BETWEEN = re.compile(rf"[{_SPACE}]*(?:#[^\n]*[{_SPACE}]*)*")
_EXPORT = re.compile(rf"export(?=[\t\n\f\r ])[{_BLANK}]*")
_NAME = re.compile(rf"[\w.\-\[\]{_BLANK}]*")
_ASSIGNMENT = re.compile(rf"(?P<name>{_NAME.pattern})(?P<separator>[=:][{_BLANK}]*|\n|\Z)")
_QUOTED = {
    "'": re.compile(r"'([^'\\]*(?:\\.[^'\\]*)*)'", re.DOTALL),
    '"': re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"', re.DOTALL),
}
_ESCAPED_QUOTE = re.compile(r"\\(?P<character>.)", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:0(?P<octal>[0-3][0-7]{2})|0(?P<digits>[0-9]{0,3})|(?P<character>.))", re.DOTALL)
_CHARACTERS = {
    **{"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "\\": "\\", '"': '"'},
    "$": "$$",  # as the references that are filled in afterwards write a dollar
}

#: In the raw format, bytes.
_LONGEST_LINE = 2**16 - 1
_FORMS = "NAME=value, NAME: value or NAME"


def parse_env(
    text: str,
    lookup: Lookup,
    file: str = ".env",
    raw: bool = False,
    earlier: Mapping[str, str] | None = None,
    on_unset: OnUnset = ignore_unset,
) -> dict[str, str]:
    """The variables of an env file, or ValueError naming the file and the line.

    References see `lookup` first, then what stands above them in the file, then `earlier`: the files before this one.
    A name without a value has that of `lookup`, or is left out. `raw` is Compose's `format: raw`, which takes all
    literally.
    """
    text = text[1:] if text.startswith("\ufeff") else text
    if raw:
        return _raw_values(text, lookup, file)
    return _EnvFile(text, lookup, file, earlier or {}, on_unset).read()


class _EnvFile:
    """A file while it is read."""

    def __init__(self, text: str, lookup: Lookup, file: str, earlier: Mapping[str, str], on_unset: OnUnset) -> None:
        self.text = text
        self.lookup = lookup
        self.file = file
        self.earlier = earlier
        self.on_unset = on_unset
        self.values: dict[str, str] = {}
        self.length = 0

    def read(self) -> dict[str, str]:
        position = _end(_BETWEEN, self.text, 0)
        while position < len(self.text):
            position = _end(_BETWEEN, self.text, self.assignment(position))
        return self.values

    def assignment(self, start: int) -> int:
        """Keep what the assignment at `start` says; where it ends."""
        start = _end(_EXPORT, self.text, start)
        found = _ASSIGNMENT.match(self.text, start)
        if not found:
            wrong = self.text[_end(_NAME, self.text, start)]
            raise self.error(start, f"{shown(wrong)} cannot stand in a name, expected {_FORMS}")
        if not found["separator"]:
            return self.last_line(found)
        name = found["name"].rstrip(_BLANK)
        if " " in name:
            raise self.error(start, f"a space cannot stand in a name, expected {_FORMS}")
        if found["separator"] == "\n":
            inherited = self.lookup(name)
            return found.end() if inherited is None else self.keep(start, name, inherited, found.end())
        return self.keep(start, name, *self.value(start, name, found.end()))

    def last_line(self, found: re.Match[str]) -> int:
        """A name that the file ends after, with no line end: to Compose a value with no name."""
        if not found["name"]:
            raise self.error(found.start(), f"a name is missing, expected {_FORMS}")
        value = found["name"].rstrip(_SPACE)
        return self.keep(found.start(), "", value, found.end())

    def keep(self, start: int, name: str, value: str, end: int) -> int:
        self.values[name] = value
        self.length += len(value)
        if self.length > LONGEST:
            raise self.error(start, f"the values are longer than {LONGEST} characters, expected less")
        return end

    def value(self, start: int, name: str, begin: int) -> tuple[str, int]:
        """The value that begins at `begin`, and where it ends; after a quoted one the line may go on."""
        quote = self.text[begin : begin + 1]
        if quote not in _QUOTED:
            end = self.text.find("\n", begin)
            line = self.text[begin : end if end >= 0 else len(self.text)]
            return self.filled_in(start, name, line.partition(" #")[0].rstrip(_SPACE)), begin + len(line)
        quoted = _QUOTED[quote].match(self.text, begin)
        if not quoted:
            raise self.error(start, f"the value of {shown(name)} begins with a quote, expected another to close it")
        if quote == "'":
            return _ESCAPED_QUOTE.sub(_unescaped_quote, quoted[1]), quoted.end()
        return self.filled_in(start, name, _ESCAPE.sub(_unescaped, quoted[1])), quoted.end()

    def filled_in(self, start: int, name: str, value: str) -> str:
        try:
            return substitute(value, self.resolve, self.on_unset)
        except MissingVariableError as problem:
            message = (
                f"the value of {shown(name)} requires {shown(problem.name)}, expected that to be set and not empty"
            )
        except ValueError:
            message = (
                f"the value of {shown(name)} cannot be filled in, expected ${{NAME}} or $NAME, and $$ for a literal $"
            )
        raise self.error(start, message)

    def resolve(self, name: str) -> str | None:
        value = self.lookup(name)
        return self.values.get(name, self.earlier.get(name)) if value is None else value

    def error(self, position: int, message: str) -> ValueError:
        return _error(self.file, self.text.count("\n", 0, position) + 1, message)


def _raw_values(text: str, lookup: Lookup, file: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for number, whole_line in enumerate(text.split("\n"), 1):
        if len(whole_line.encode("utf-8", "surrogatepass")) > _LONGEST_LINE:
            raise _error(file, number, f"the line is too long, expected at most {_LONGEST_LINE} bytes")
        line = whole_line.removesuffix("\r").lstrip(_SPACE)
        if not line or line[0] == "#":
            continue
        name, separator, value = line.partition("=")
        if not name:
            raise _error(file, number, "a name is missing, expected NAME=value or NAME")
        if " " in name or "\t" in name:
            raise _error(file, number, "white space cannot stand in a name, expected NAME=value or NAME")
        found = value if separator else lookup(name)
        if found is not None:
            values[name] = found
    return values


def _unescaped_quote(escape: re.Match[str]) -> str:
    return "'" if escape["character"] == "'" else escape[0]


def _unescaped(escape: re.Match[str]) -> str:
    if escape["octal"]:
        return chr(int(escape["octal"], 8))
    if escape["digits"] is not None:
        return "\\" + escape["digits"]  # no octal number: Compose then loses the zero
    return _CHARACTERS.get(escape["character"], escape[0])


def _end(pattern: re.Pattern[str], text: str, start: int) -> int:
    """Where the match at `start` ends; there, if there is none."""
    found = pattern.match(text, start)
    return found.end() if found else start


def _error(file: str, line: int, message: str) -> ValueError:
    return ValueError(f"{file}:{line}: {message}")
