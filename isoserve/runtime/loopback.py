"""One small HTTP GET or POST to a program on this machine, over TCP or a unix socket. Keeps no connection."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from isoserve.errors import AgentError

_MAX_BODY = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode("utf-8", "replace")


async def fetch(
    where: int | Path,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    within_s: float = 2.0,
) -> Answer:
    """Ask 127.0.0.1:`where` (a port) or the unix socket `where`.

    Raises AgentError that says in words what happened instead of an HTTP answer.
    """
    said = f"{method} {path}"
    try:
        async with asyncio.timeout(within_s):
            return await _exchange(where, path, method, headers or {})
    except TimeoutError:
        raise AgentError(f"{said} got no answer within {within_s:g} s") from None
    except ConnectionRefusedError:
        raise AgentError(f"{said}: nothing listens there yet") from None
    except (OSError, EOFError) as exc:
        raise AgentError(
            f"{said}: the connection was closed without an answer ({type(exc).__name__})"
        ) from exc
    except ValueError as exc:
        raise AgentError(f"{said} was answered by something that is not HTTP: {exc}") from exc


async def _exchange(where: int | Path, path: str, method: str, headers: Mapping[str, str]) -> Answer:
    if isinstance(where, Path):
        reader, writer = await asyncio.open_unix_connection(str(where))
    else:
        reader, writer = await asyncio.open_connection("127.0.0.1", where)
    try:
        lines = [f"{method} {path} HTTP/1.1", "host: localhost", "connection: close", "content-length: 0"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("ascii"))
        return await _read(reader)
    finally:
        writer.close()


async def _read(reader: asyncio.StreamReader) -> Answer:
    line = await reader.readline()
    if not line:
        raise EOFError
    parts = line.split(None, 2)
    if not parts[:1] or not parts[0].startswith(b"HTTP/1.") or not parts[1:] or not parts[1].isdigit():
        raise ValueError(repr(line[:60].decode("latin-1")))
    fields: dict[str, str] = {}
    while (line := await reader.readline()) not in (b"\r\n", b"\n", b""):
        name, _, value = line.decode("latin-1").partition(":")
        fields[name.strip().lower()] = value.strip()
    if "chunked" in fields.get("transfer-encoding", "").lower():
        body = await _chunks(reader)
    elif "content-length" in fields:
        body = await reader.readexactly(min(int(fields["content-length"]), _MAX_BODY))
    else:
        body = await reader.read(_MAX_BODY)
    return Answer(status=int(parts[1]), body=body)


async def _chunks(reader: asyncio.StreamReader) -> bytes:
    body = bytearray()
    while size := int((await reader.readline()).split(b";")[0], 16):
        if len(body) + size > _MAX_BODY:
            raise ValueError("more than 64 MiB")
        body += await reader.readexactly(size)
        await reader.readline()
    return bytes(body)
