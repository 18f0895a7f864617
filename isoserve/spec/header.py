"""The first lines of a file: which version of the format it is in, and whose file it is."""

from __future__ import annotations

from collections.abc import Iterator

from isoserve.errors import Fault
from isoserve.spec.document import Document
from isoserve.spec.files import short

FORMAT = 1
"""The version of the file format that is read."""


def header_faults(document: Document, *, name: str | None = None) -> Iterator[Fault]:
    """Yield what is wrong with `isoserve:` and, where the file has a `name`, with that.

    `name` None: a stack file, whose header is optional.
    """
    at = document.at(("isoserve",))
    if "isoserve" in document.data:
        yield from _version(document.data["isoserve"], document, at)
    elif name is not None:
        fix = f"start the file with `isoserve: {FORMAT}`"
        yield Fault(what=f"the header is missing: isoserve: {FORMAT}", at=f"{document.file}:1", fix=fix)
    if (given := document.data.get("name", name)) != name:
        what = f"name {short(str(given))!r} differs from the name of its file, {name!r}"
        yield Fault(what=what, at=document.at(("name",)), fix=f"write `name: {name}`, or rename the file")


def _version(given: object, document: Document, at: str) -> Iterator[Fault]:
    if given == FORMAT and not isinstance(given, bool | float):
        return
    fix = f"write `isoserve: {FORMAT}`"
    if isinstance(given, int) and not isinstance(given, bool) and given > FORMAT:
        fix = "install a newer isoserve, or " + fix
    shown = document.source(("isoserve",)) or repr(given)
    yield Fault(what=f"file format {shown[:60]} is not known; this isoserve reads {FORMAT}", at=at, fix=fix)
