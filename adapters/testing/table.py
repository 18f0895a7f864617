"""The capability tables as Markdown, and a command that writes them into a checkout's pages.

`python -m isoserve.adapters.testing.table`; a test holds the pages to the tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from isoserve.adapters.base.profile import Profile
from isoserve.adapters.base.registry import BUILT_IN, get_profile
from isoserve.adapters.base.support import Capability, Level

BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
_WORDS = {Level.NATIVE: "native", Level.COMPOSED: "composed", Level.NOT_YET: "not yet", Level.NEVER: "never"}


def markdown(profile: Profile) -> str:
    """Return the table: one row for each capability, in the vocabulary's order."""
    return "\n".join(_lines(profile))


def matrix(profiles: Sequence[Profile], *, working: bool) -> str:
    """Return capability by target; `working` leaves out what no target does yet."""
    names = [profile.target for profile in profiles]
    lines = [f"| | {' | '.join(names)} |", f"|---|{'---|' * len(names)}"]
    for capability in Capability:
        rows = [profile.support[capability] for profile in profiles]
        if any(rows) or not working:
            lines.append(f"| {capability.value} | {' | '.join(_WORDS[row.level] for row in rows)} |")
    return "\n".join(lines)


def with_table(text: str, table: str) -> str:
    """Return a page with the table between its two marks. Raises ValueError where a mark is missing."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"no {BEGIN} … {END} on the page")
    return f"{before}{BEGIN}\n{table}\n{END}{after}"


def pages() -> Mapping[Path, str]:
    """Return every page of the checkout that holds a table, with the table it must hold."""
    own = {readme_of(target): markdown(get_profile(target)) for target in BUILT_IN}
    root = readme_of("local").parents[2]
    every = [get_profile(target) for target in BUILT_IN]
    overview = {
        root / "README.md": matrix(every, working=True),
        root / "docs" / "support.md": matrix(every, working=False),
    }
    return {**own, **overview}


def readme_of(target: str) -> Path:
    """Return where a built-in target's README is."""
    found = find_spec(f"isoserve.adapters.{target}")
    if found is None or found.origin is None:
        raise ValueError(f"the target {target!r} has no folder")
    return Path(found.origin).resolve().with_name("README.md")


def main() -> None:
    """Write every table into its page."""
    for page, table in pages().items():
        page.write_text(with_table(page.read_text("utf-8"), table), "utf-8")


def _lines(profile: Profile) -> Iterator[str]:
    yield "| asked | support | how, or why not | source | proof |"
    yield "|---|---|---|---|---|"
    for capability, row in profile.support.items():
        cells = (capability.value, _WORDS[row.level], row.note, row.source, row.proof.name.lower())
        yield f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"


if __name__ == "__main__":
    main()
