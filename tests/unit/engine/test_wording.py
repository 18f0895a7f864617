"""What is left of a message once its wrapping is off."""

from __future__ import annotations

import pytest

from isoserve.engine.wording import faults_in, readable
from isoserve.errors import Fault, SpecError

TRACE = """python inline source runtime error: 'nope'
Traceback (most recent call last):
  File "/venv/pulumi/output.py", line 318, in run
    transformed = func(value)
                  ^^^^^^^^^^^
  File "/p/stacks/__main__.py", line 10, in <lambda>
    boom
{error}
"""


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("plain words", "plain words"),
        ("  <{%fg 1%}>red<{%reset%}> words\n", "red words"),
        ("rpc error: code = Unknown desc = model not ready", "model not ready"),
        ("rpc error: code = Unknown desc = Exception calling application: disk full", "disk full"),
        ("an unhandled error occurred: two\nlines", "two\nlines"),
        ("1 error occurred:\n\t* creating x: quota", "creating x: quota"),
        ("2 errors occurred:\n\t* a\n\t* b", "2 errors occurred:\n\t* a\n\t* b"),
    ],
)
def test_the_authors_words_stay(said: str, text: str) -> None:
    assert readable(said).text == text


def test_a_traceback_becomes_the_exception_and_its_line() -> None:
    words = readable(TRACE.format(error="KeyError: 'nope'"))

    assert (words.text, words.at) == ("KeyError: 'nope'", "/p/stacks/__main__.py:10")


def test_an_error_of_ours_brings_its_own_place_and_fix() -> None:
    words = readable(TRACE.format(error="isoserve.errors.SpecError: late\n  at:  y.yaml\n  fix: do"))

    assert (words.text, words.at) == ("late\n  at:  y.yaml\n  fix: do", "")


@pytest.mark.parametrize("said", ["update failed", "preview failed", "destroy canceled", "", "invalid state"])
def test_that_it_failed_says_nothing(said: str) -> None:
    assert readable(said).say_nothing


def test_a_cause_says_something() -> None:
    assert not readable("update failed: no disk").say_nothing


@pytest.mark.parametrize(
    "faults",
    [
        [Fault(what="plain")],
        [Fault(what="two\nlines\n  indented", at="a.yaml:1", fix="this\n       and that")],
        [Fault(what="one", at="a"), Fault(what="two", fix="b"), Fault(what="three")],
    ],
)
def test_a_composed_text_comes_apart_again(faults: list[Fault]) -> None:
    assert faults_in(str(SpecError.of(faults))) == faults
