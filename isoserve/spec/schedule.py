"""When something happens: rhythms of monitors, weekly windows of replica bounds. No clock is read here."""

from __future__ import annotations

import re
from typing import Annotated, Self
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, Strict, model_validator

from isoserve.spec.base import Spec, refusal
from isoserve.spec.units import Count

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WHEN = re.compile(
    r"(?:(?P<days>[a-z,-]+) )?(?P<h1>[0-9]{2}):(?P<m1>[0-9]{2})-(?P<h2>[0-9]{2}):(?P<m2>[0-9]{2})"
    r"(?: (?P<zone>[A-Za-z0-9_+/-]+))?"
)
_WORDS = ("hourly", "daily", "weekly", "monthly")
_CRON_RANGES = ((0, 59), (0, 23), (1, 31), (1, 12), (0, 7))
_CRON_PART = re.compile(r"(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:/(\d{1,2}))?")
_DAY_MINUTES = 24 * 60


def _rhythm(text: str) -> str:
    if text in _WORDS:
        return text
    fields = text.split(" ")
    if len(fields) == len(_CRON_RANGES) and all(map(_cron_field, fields, _CRON_RANGES)):
        return text
    raise refusal(
        f"{text[:60]!r} is not a schedule: {', '.join(_WORDS)}, or five cron fields (UTC)",
        fix='write hourly, or "0 6 * * *"',
    )


def _cron_field(text: str, bounds: tuple[int, int]) -> bool:
    low, high = bounds
    for part in text.split(","):
        if (match := _CRON_PART.fullmatch(part)) is None:
            return False
        first, last, step = match[1], match[2], match[3]
        if any(not low <= int(number) <= high for number in (first, last) if number) or step in ("0", "00"):
            return False
        if first and last and int(first) > int(last):
            return False
    return True


Rhythm = Annotated[str, Strict(), AfterValidator(_rhythm), Field(examples=["hourly", "daily", "0 6 * * *"])]
"""How often: `hourly`, `daily`, `weekly`, `monthly`, or five cron fields in UTC."""


class WindowSpec(Spec):
    """Replica bounds that hold in a weekly window."""

    when: str = Field(examples=["mon-fri 07:00-19:00 Europe/Berlin", "22:00-06:00"])
    """`[days] HH:MM-HH:MM [zone]`: days such as `mon-fri` or `sat,sun` (absent: every day), a zone of the
    IANA database (absent: UTC). An end at or before its start is on the next day."""

    min_replicas: Count = Field(ge=0)
    """Replicas kept warm in the window; 0 asks for scaling to zero."""

    max_replicas: Count | None = Field(default=None, ge=1)
    """Upper bound in the window; absent: that of the endpoint."""

    @model_validator(mode="after")
    def _holds(self) -> Self:
        if not self.minutes:
            raise refusal(f"{self.when!r} covers no time", field="when", fix="write mon-fri 07:00-19:00")
        if self.max_replicas is not None and self.min_replicas > self.max_replicas:
            raise refusal(
                f"min_replicas {self.min_replicas} is above max_replicas {self.max_replicas}",
                field="min_replicas",
                fix="lower min_replicas or raise max_replicas",
            )
        return self

    @property
    def days(self) -> tuple[str, ...]:
        """The days on which the window starts, in the order of the week."""
        return _days(_parsed(self.when)["days"], self.when)

    @property
    def zone(self) -> str:
        """The time zone, an IANA name."""
        return _parsed(self.when)["zone"] or "UTC"

    @property
    def minutes(self) -> tuple[tuple[int, int], ...]:
        """Start and end of each occurrence, in minutes since Monday 00:00 local; an end may pass the week."""
        found = _parsed(self.when)
        start = int(found["h1"]) * 60 + int(found["m1"])
        end = int(found["h2"]) * 60 + int(found["m2"])
        length = (end - start) % _DAY_MINUTES or _DAY_MINUTES
        first = (DAYS.index(day) * _DAY_MINUTES + start for day in self.days)
        return tuple((minute, minute + length) for minute in first)


def _parsed(when: str) -> dict[str, str]:
    match = _WHEN.fullmatch(when)
    if match is None or not _is_time(match["h1"], match["m1"]) or not _is_time(match["h2"], match["m2"]):
        raise refusal(
            f"{when[:60]!r} is not a window: [days] HH:MM-HH:MM [zone]",
            field="when",
            fix="write mon-fri 07:00-19:00 Europe/Berlin",
        )
    if match["zone"]:
        _check_zone(match["zone"])
    return match.groupdict()


def _is_time(hours: str, minutes: str) -> bool:
    return int(minutes) < 60 and (int(hours) < 24 or (hours == "24" and minutes == "00"))


def _check_zone(zone: str) -> None:
    try:
        ZoneInfo(zone)
    except (OSError, ValueError, KeyError) as error:
        if not available_timezones():
            return  # this machine has no database of zones: the one that scales has
        raise refusal(
            f"{zone!r} is not a time zone", field="when", fix="write one such as Europe/Berlin, or UTC"
        ) from error


def _days(text: str | None, when: str) -> tuple[str, ...]:
    if not text:
        return DAYS
    chosen: set[str] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        if first not in DAYS or (last or first) not in DAYS or part.endswith("-"):
            raise refusal(f"{part!r} in {when!r} is no day", field="when", fix=f"use {', '.join(DAYS)}")
        begin, end = DAYS.index(first), DAYS.index(last or first)
        chosen.update(DAYS[(begin + step) % 7] for step in range((end - begin) % 7 + 1))
    return tuple(day for day in DAYS if day in chosen)
