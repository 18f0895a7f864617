"""Takes from the engine's messages what gRPC, Python and the engine itself wrapped around a provider's words.

Which message tells the cause is failures.py's business.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from isoserve.errors import Fault

_MARKUP = re.compile(r"<\{%[^%]*%\}>")
_NOISE = re.compile(
    r"^(?:an unhandled error occurred: |python inline source runtime error: "
    r"|rpc error: code = \w+ desc = |Exception calling application: )+"
)
_ONE_OF_ONE = re.compile(r"^1 error occurred:\s*\* ")
_TRACEBACK = re.compile(r"^Traceback \(most recent call last\):$", re.MULTILINE)
_FRAME = re.compile(r'^  File "([^"]+)", line (\d+)', re.MULTILINE)
_OURS = re.compile(r"^isoserve\.[\w.]+: ")
_SAYS_NOTHING = re.compile(r"(?:(?:update|preview|refresh|destroy) (?:failed|canceled)|invalid state)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A message as its author meant it."""

    text: str
    at: str = ""
    """`file:line`, when the message was a Python traceback."""

    @property
    def say_nothing(self) -> bool:
        """Whether this only repeats that the command failed."""
        return _SAYS_NOTHING.fullmatch(self.text) is not None


def readable(message: str) -> Words:
    """The author's own text; of a Python traceback the exception and the last line it passed."""
    text = _NOISE.sub("", _MARKUP.sub("", message).strip())
    head, found, trace = _partition(text)
    if not found:
        return Words(text=_ONE_OF_ONE.sub("", text).strip())
    error = trace[_end_of_frames(trace) :].strip()
    if _OURS.match(error):
        return Words(text=_OURS.sub("", error))
    frames = _FRAME.findall(trace)
    at = f"{frames[-1][0]}:{frames[-1][1]}" if frames else ""
    return Words(text=error or head.strip(), at=at)


def faults_in(text: str) -> Sequence[Fault]:
    """The faults that a text was composed of (see errors.Fault), each in its parts again; at least one.

    An error of ours comes through the engine as text: only so are its place and fix known to who prints it.
    """
    faults, parts, current = list[Fault](), {"what": "", "at": "", "fix": ""}, "what"
    for line in text.splitlines():
        label, words = next(((n, line[len(m) :]) for m, n in _LABELS if line.startswith(m)), ("", line))
        if label:
            current, parts[label] = label, words
            continue
        if current != "what" and not line.startswith(" "):  # the next fault's own words
            faults.append(Fault(**parts))
            parts, current = {"what": "", "at": "", "fix": ""}, "what"
        parts[current] += f"\n{line}" if parts[current] else line
    return [*faults, Fault(**parts)]


_LABELS = (("  at:  ", "at"), ("  fix: ", "fix"))


def _partition(text: str) -> tuple[str, bool, str]:
    match = _TRACEBACK.search(text)
    return (text[: match.start()], True, text[match.end() :]) if match else (text, False, "")


def _end_of_frames(trace: str) -> int:
    """Where the exception's own text begins: the first line after the last frame that is not indented."""
    last = max((match.end() for match in _FRAME.finditer(trace)), default=0)
    match = re.compile(r"^\S", re.MULTILINE).search(trace, last)
    return match.start() if match else len(trace)
