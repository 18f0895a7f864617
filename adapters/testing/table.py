"""A profile's table as Markdown, and a command that writes it into the targets' README files.

`python -m isoserve.adapters.testing.table` is for a checkout; a test holds the files to the tables.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from isoserve.adapters.base.profile import Profile
from isoserve.adapters.base.registry import BUILT_IN, get_profile
from isoserve.adapters.base.support import Level

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
_WORDS = {Level.NATIVE: "native", Level.COMPOSED: "composed", Level.NOT_YET: "not yet", Level.NEVER: "never"}


def markdown(profile: Profile) -> str:
    """Return the table: one row for each capability, in the vocabulary's order."""
    return "\n".join(_lines(profile))


def with_table(text: str, profile: Profile) -> str:
    """Return a README with the table between its two marks. Raises ValueError where a mark is missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} … {END} in the README of {profile.target!r}")
    return f"{before}{BEGIN}\n{markdown(profile)}\n{END}{after}"


def readme_of(target: str) -> Path:
    """Return where a built-in target's README is."""
    found = find_spec(f"isoserve.adapters.{target}")
    if found is None or found.origin is None:
        raise ValueError(f"the target {target!r} has no folder")
    return Path(found.origin).with_name("README.md")


def main() -> None:
    """Write every built-in target's table into its README."""
    for target in BUILT_IN:
        path = readme_of(target)
        path.write_text(with_table(path.read_text("utf-8"), get_profile(target)), "utf-8")


def _lines(profile: Profile) -> Iterator[str]:
    yield "| asked | support | how, or why not | source | proof |"
    yield "|---|---|---|---|---|"
    for capability, row in profile.support.items():
        cells = (capability.value, _WORDS[row.level], row.note, row.source, row.proof.name.lower())
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    main()
