"""YAML text to a tree of nodes with lines, within bounds. Values are made by `document`."""

from __future__ import annotations

from yaml import MarkedYAMLError, Node, ScalarNode
from yaml._yaml import CParser
from yaml.reader import ReaderError

from isoserve.errors import SpecError

DEEPEST = 48
"""Levels of nesting a file may have."""

MOST = 500_000
"""Keys and values a file may have."""

PLAIN, QUOTED, GROUP = "?", "!", "!!"
"""Tags of what carries none: an unquoted scalar, a quoted one, a list or map."""


class _TooMuch(Exception):  # noqa: N818 - never leaves this module
    """A bound was passed while the tree grew."""


class _Composer(CParser):
    """The C parser, without its Python resolver; the hooks it calls for each node keep the bounds."""

    def __init__(self, content: bytes) -> None:
        CParser.__init__(self, content)
        self.depth = 0
        self.count = 0

    def resolve(self, kind: type[Node], _value: str | None, implicit: tuple[bool, bool] | bool) -> str:
        """Name the tag of an untagged node; called by the C parser."""
        if kind is not ScalarNode:
            return GROUP
        return PLAIN if isinstance(implicit, tuple) and implicit[0] else QUOTED

    def descend_resolver(self, _parent: Node | None, _index: object) -> None:
        """Count one node and one level; called by the C parser."""
        self.depth += 1
        self.count += 1
        if self.depth > DEEPEST:
            raise _TooMuch(f"nests deeper than {DEEPEST} levels")
        if self.count > MOST:
            raise _TooMuch(f"holds more than {MOST} keys and values")

    def ascend_resolver(self) -> None:
        """Leave one level; called by the C parser."""
        self.depth -= 1


def compose(content: bytes, shown: str, *, start: str) -> tuple[Node, int]:
    """Return the root and the number of nodes. Raises SpecError, with line, column and the line's text.

    `start` says what an empty file must begin with.
    """
    parser = _Composer(content)
    try:
        root = parser.get_single_node()
    except _TooMuch as error:
        raise SpecError(f"{shown} {error}", at=shown, fix="split the file") from error
    except ReaderError as error:
        raise _unreadable(content, shown, error) from error
    except MarkedYAMLError as error:
        raise _unparsable(content, shown, error) from error
    finally:
        parser.dispose()
    if root is None:
        raise SpecError(f"{shown} is empty", at=f"{shown}:1", fix=start)
    return root, parser.count


def _unreadable(content: bytes, shown: str, error: ReaderError) -> SpecError:
    position = min(int(error.position), len(content))
    line = content.count(b"\n", 0, position) + 1
    column = position - content.rfind(b"\n", 0, position)
    return SpecError(
        f"{error.reason} (column {column}): {_line(content, line)}", at=f"{shown}:{line}", fix="remove it"
    )


def _unparsable(content: bytes, shown: str, error: MarkedYAMLError) -> SpecError:
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
    text = _line(content, line)
    problem = error.problem or "not YAML"
    if "another document" in problem:
        return SpecError(
            f"{shown} holds several documents; one is expected", at=f"{shown}:{line}", fix="remove the `---`"
        )
    if not text.strip() and error.context_mark:
        opened = error.context_mark.line + 1
        problem = f"{problem}, {error.context} of line {opened} ({_line(content, opened).strip()!r})"
    fix = "correct the line, or the one before"
    if problem == "found undefined alias":
        fix = "an alias `*name` needs its anchor `&name` above; quote text that starts with `*`"
    if "cannot start any token" in problem or "mapping values are not allowed" in problem:
        fix = "quote the text"
    if "\t" in text:
        fix = "indent with spaces; YAML knows no tabs"
    return SpecError(f"{problem} (column {column}): {text!r}", at=f"{shown}:{line}", fix=fix)


def _line(content: bytes, number: int) -> str:
    lines = content.split(b"\n", number)
    text = lines[number - 1].decode("utf-8", "replace").rstrip("\r") if number <= len(lines) else ""
    return text if len(text) <= 120 else text[:119] + "…"
