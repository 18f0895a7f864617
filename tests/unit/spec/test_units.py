"""What users write becomes the plain number, or a fault that says what to write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from isoserve.spec import Bytes, Fraction, Seconds, Usd

SECONDS: TypeAdapter[float] = TypeAdapter(Seconds)
BYTES: TypeAdapter[int] = TypeAdapter(Bytes)
FRACTION: TypeAdapter[float] = TypeAdapter(Fraction)
USD: TypeAdapter[float] = TypeAdapter(Usd)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("30s", 30),
        ("5m", 300),
        ("1h30m", 5400),
        ("30d", 2592000),
        ("1w", 604800),
        ("365d", 31536000),
    ],
)
def test_durations(text: object, seconds: float) -> None:
    assert SECONDS.validate_python(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("1B", 1),
        ("512MiB", 512 * 1024**2),
        ("20GiB", 20 * 1024**3),
        ("4Gi", 4 * 1024**3),
        ("1GB", 10**9),
        (7, 7),
    ],
)
def test_sizes(text: object, size: int) -> None:
    assert BYTES.validate_python(text) == size


@pytest.mark.parametrize(
    ("text", "share"), [("10%", 0.1), ("0.5%", 0.005), (0.25, 0.25), ("100%", 1), (0, 0)]
)
def test_shares(text: object, share: float) -> None:
    assert FRACTION.validate_python(text) == pytest.approx(share)


@pytest.mark.parametrize(("text", "amount"), [(3000, 3000), ("$3,000.50", 3000.5), ("20 USD", 20)])
def test_amounts(text: object, amount: float) -> None:
    assert USD.validate_python(text) == pytest.approx(amount)


@pytest.mark.parametrize(
    ("adapter", "value", "fix"),
    [
        (SECONDS, "5 minutes", "5m"),
        (SECONDS, "5M", "5m"),
        (SECONDS, "", "5m"),
        (SECONDS, -1, "5m"),
        (SECONDS, 5, "write 5s"),
        (SECONDS, "5", "write 5s"),
        (SECONDS, 0.5, "write 0.5s"),
        (SECONDS, "366d", "365d or less"),
        (SECONDS, "99999d", "365d or less"),
        (SECONDS, True, "5m"),
        (SECONDS, float("nan"), "5m"),
        (BYTES, "20 gigs", "20GiB"),
        (BYTES, "20gb", "20GiB"),
        (BYTES, 1.5, "20GiB"),
        (BYTES, float("inf"), "20GiB"),
        (FRACTION, "110%", "10%"),
        (FRACTION, 10, "write 10%"),
        (FRACTION, "ten", "10%"),
        (USD, "many", "3000"),
        (USD, -1, "3000"),
    ],
)
def test_a_refusal_says_what_to_write(adapter: TypeAdapter[float], value: object, fix: str) -> None:
    with pytest.raises(ValidationError) as caught:
        adapter.validate_python(value)
    assert fix in caught.value.errors()[0]["ctx"]["fix"]


@given(st.integers(0, 51), st.sampled_from(["ms", "s", "m", "h", "d", "w"]))
def test_a_longer_duration_is_longer(number: int, unit: str) -> None:
    shorter, longer = (
        SECONDS.validate_python(f"{number}{unit}"),
        SECONDS.validate_python(f"{number + 1}{unit}"),
    )
    assert shorter < longer


@given(st.text(max_size=12) | st.floats() | st.integers() | st.none() | st.booleans())
def test_anything_is_a_number_or_a_refusal(value: object) -> None:
    for adapter in (SECONDS, BYTES, FRACTION, USD):
        try:
            accepted, kinds = adapter.validate_python(value), {"refusal"}
        except ValidationError as error:
            accepted, kinds = 0, {detail["type"] for detail in error.errors()}
        assert 0 <= accepted < float("inf")
        assert kinds == {"refusal"}
