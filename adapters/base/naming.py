"""Physical names: deterministic, inside a target's alphabet, recognisable. Knows no target's limits.

A name is the neutral name, cut and cleaned, then a hash of everything that makes it unique. Two stacks,
projects or organisations therefore never meet in one account, and the same stack finds its own again.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from isoserve.errors import Fault

HASH_LENGTH = 8
"""Hex digits of a hash in a name: 32 bits; a collision is found, not hoped against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alphabet:
    """What one kind of name may look like on one target."""

    max_length: int
    min_length: int = 1
    pattern: str
    """A regular expression that a whole valid name matches."""
    lower: bool = True
    digits_only: bool = False
    """The target takes numbers only; the neutral name is then carried by a label alone."""
    source: str = ""
    """The page that states the limit, with the date read."""

    def accepts(self, name: str) -> bool:
        """Tell whether `name` is a valid name of this kind."""
        return (
            self.min_length <= len(name) <= self.max_length and re.fullmatch(self.pattern, name) is not None
        )


DNS_LABEL = Alphabet(max_length=63, pattern=r"[a-z]([-a-z0-9]*[a-z0-9])?", source="RFC 1035, 2.3.1")
"""What every target takes whose names become host names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where a name must be unique: everything that the hash covers beside the name itself."""

    organization: str
    project: str
    stack: str


def digest8(inputs: Mapping[str, object]) -> str:
    """Hash inputs to eight hex digits; the order of keys does not matter, the type of a value does.

    Raises TypeError for a value that JSON cannot hold: an unresolved output must never enter a name.
    """
    text = json.dumps(inputs, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:HASH_LENGTH]


def physical_name(neutral: str, *, scope: Scope, kind: str, alphabet: Alphabet, suffix: str = "") -> str:
    """Name a thing of `kind` on the target.

    `suffix` (a revision's digest) is kept whole, before the hash. Same arguments, same name.
    Raises ValueError if the alphabet has no room for one character of the neutral name.
    """
    identity = [scope.organization, scope.project, scope.stack, kind, neutral, suffix]
    if alphabet.digits_only:
        return _number(identity, alphabet)
    tail = "-".join(part for part in (_clean(suffix, alphabet), _hash(identity)) if part)
    room = alphabet.max_length - len(tail) - 1
    if room < 1:
        raise ValueError(f"no room for {neutral!r} in {alphabet.max_length} characters beside {tail!r}")
    name = f"{_head(neutral, alphabet, room)}-{tail}"
    if not alphabet.accepts(name):
        raise ValueError(f"{name!r} does not match {alphabet.pattern!r}")
    return name


def collisions(neutral: Iterable[str], *, scope: Scope, kind: str, alphabet: Alphabet) -> list[Fault]:
    """Find neutral names of one stack that would get the same physical name; empty when all differ."""
    first: dict[str, str] = {}
    faults: list[Fault] = []
    for name in neutral:
        physical = physical_name(name, scope=scope, kind=kind, alphabet=alphabet)
        if (other := first.setdefault(physical, name)) != name:
            faults.append(
                Fault(
                    what=f"{kind} names {other!r} and {name!r} both become {physical!r} on the target",
                    at=f"{kind}s.{name}",
                    fix=f"rename {name!r}",
                )
            )
    return faults


def _head(neutral: str, alphabet: Alphabet, room: int) -> str:
    """The recognisable part: cleaned, starting with a letter, cut without a trailing dash."""
    head = _clean(neutral, alphabet)
    if not head or not head[0].isalpha():
        head = f"n{head}"
    return head[:room].rstrip("-")


def _clean(text: str, alphabet: Alphabet) -> str:
    text = text.lower() if alphabet.lower else text
    return re.sub(r"[^A-Za-z0-9]+", "-", text.encode("ascii", "ignore").decode()).strip("-")


def _hash(identity: list[str]) -> str:
    return hashlib.sha256(json.dumps(identity).encode()).hexdigest()[:HASH_LENGTH]


def _number(identity: list[str], alphabet: Alphabet) -> str:
    """A number of exactly the alphabet's length, without a leading zero."""
    lowest = 10 ** (alphabet.max_length - 1)
    value = int(hashlib.sha256(json.dumps(identity).encode()).hexdigest(), 16)
    return str(lowest + value % (9 * lowest))
