"""YAML is read one way: the core schema of 1.2, with lines, within bounds, and never a traceback."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoserve.errors import SpecError
from isoserve.spec.document import Document, dotted
from isoserve.spec.nodes import compose


def read(text: str | bytes) -> Document:
    content = text.encode() if isinstance(text, str) else text
    return Document("f.yaml", *compose(content, "f.yaml", start="-"), start="-")


def refused(text: str | bytes) -> SpecError:
    with pytest.raises(SpecError) as caught:
        read(text)
    return caught.value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("yes", "yes"),
        ("No", "No"),
        ("2026-11-24", "2026-11-24"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0b11", "0b11"),
        ("true", True),
        ("FALSE", False),
        ("~", None),
        ("null", None),
        ("42", 42),
        ("-7", -7),
        ("0o17", 15),
        ("0x1F", 31),
        ("017", 17),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("'42'", "42"),
        ('"true"', "true"),
        (".inf", math.inf),
        ("!!str 42", "42"),
        ("!!float 1", 1),
        ("[]", []),
        ("{}", {}),
    ],
)
def test_core_schema(text: str, value: object) -> None:
    document = read(f"a: {text}")
    assert document.data == {"a": value}
    assert type(document.data["a"]).__mro__[-2] is type(value).__mro__[-2]
    assert not document.faults


def test_source_of_a_rewritten_number_is_kept() -> None:
    document = read("a: 1.10\nb: '1.10'\n")
    assert document.source(("a",)) == "1.10"
    assert document.source(("b",)) is None


def test_lines() -> None:
    document = read("a:\n  b:\n    - 1\n    - c: 2\n")
    assert document.line(("a", "b", 1, "c")) == (4, 4)
    assert document.line(("a", "b", 0)) == (3, 3)
    assert document.line(("a", "x", "y")) == (1, 1)
    assert document.at(("a", "b", 1, "c")) == "f.yaml:4 a.b[1].c"


def test_dotted_quotes_what_would_mislead() -> None:
    assert dotted(("models", "m", "versions", "1.10", "uri")) == 'models.m.versions."1.10".uri'
    assert dotted(("a\nb", 0)) == '"a\\nb"[0]'


@pytest.mark.parametrize(
    ("text", "what", "fix"),
    [
        ("1: x", "the key 1 is not text", 'quote it: "1"'),
        ("1.10: x", "the key 1.10 is not text", 'quote it: "1.10"'),
        ("true: x", "the key true is not text", 'quote it: "true"'),
        ("[a]: x", "a key must be text", "write a word"),
        ("<<: {a: 1}", "merges nothing", "write the keys out"),
        ("a: !!python/object:os.system x", "the tag !!python/object:os.system is not read", "remove it"),
        ("a: !secret x", "the tag !secret is not read", "remove it"),
        ("a: !set {b: 1}", "the tag !set is not read", "remove it"),
        ("a: !!int x", "'x' is not what its tag !!int says", "remove the tag"),
    ],
)
def test_faults_of_form(text: str, what: str, fix: str) -> None:
    (fault,) = read(text).faults
    assert what in fault.what
    assert fix in fault.fix
    assert fault.at.startswith("f.yaml:1")


def test_a_key_written_twice_names_both_lines() -> None:
    (fault,) = read("x: {}\na:\n  b: 1\n  c: 2\n  b: 3\n").faults
    assert fault.what == "the key 'b' is written twice: lines 3 and 5"
    assert fault.at == "f.yaml:5 a.b"


@pytest.mark.parametrize(
    ("text", "line", "shown"),
    [
        ("a: 1\nb:\tc\n\td: 1", 3, "\\td: 1"),
        ("a: [1\nb: 2", 2, "b: 2"),
        ("a: b: c", 1, "a: b: c"),
        ("a: @x", 1, "@x"),
        ("a: 1\nb: *nowhere", 2, "*nowhere"),
        ("a: 'x", 1, "a: 'x"),
        ("a: 1\nb: \x00", 2, "control characters"),
    ],
)
def test_a_syntax_fault_has_line_column_and_text(text: str, line: int, shown: str) -> None:
    (fault,) = refused(text).faults
    assert fault.at == f"f.yaml:{line}"
    assert "column" in fault.what
    assert shown in fault.what
    assert fault.fix


def test_tabs_are_named() -> None:
    assert "spaces" in refused("a:\n\tb: 1").faults[0].fix


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "is empty"),
        ("# nothing", "is empty"),
        ("- a", "must hold a map"),
        ("text", "must hold a map"),
        ("a: 1\n---\nb: 1\n", "several documents"),
        ("%YAML 3.1\n---\na: 1", "incompatible"),
    ],
)
def test_not_one_map(text: str, what: str) -> None:
    assert what in str(refused(text))


@pytest.mark.parametrize(
    "text",
    [
        "- " * 200_000,
        "[" * 200_000,
        "{a: " * 900 + "}" * 900,
        "a:\n" + "".join(" " * n + "b:\n" for n in range(1, 900)),
    ],
)
def test_deep_nesting_is_a_fault(text: str) -> None:
    assert "nest" in str(refused(text))


def test_an_alias_is_read() -> None:
    assert read("a: &x {b: [1]}\nc: *x\n").data == {"a": {"b": [1]}, "c": {"b": [1]}}


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: &x {b: {c: *x}}", "a: &x {b: &y [*x, *y]}"])
def test_a_loop_of_aliases_is_a_fault(text: str) -> None:
    assert "loop" in str(refused(text))


def test_an_alias_bomb_is_a_fault_soon() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    assert "aliases add more than" in str(refused("\n".join(lines)))


def test_too_many_values() -> None:
    assert "holds more than" in str(refused("a: [" + "1," * 600_000 + "]"))


letters = st.text(alphabet="abc é日\"'\\:#-[]{}01.~", max_size=6)
tree = st.recursive(
    st.none() | st.booleans() | st.integers() | letters,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(letters, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(letters, tree, min_size=1, max_size=5))
def test_json_is_read_as_json(value: dict[str, object]) -> None:
    assert read(json.dumps(value, ensure_ascii=False)).data == value


@settings(max_examples=300)
@given(st.text(alphabet="ab:-[]{}&*!|>'\"%@`#?, \n\t0123.~<", max_size=60) | st.text(max_size=30))
def test_any_text_is_data_or_a_spec_error(text: str) -> None:
    try:
        keys: list[object] = [*read(text).data]
    except SpecError as error:
        keys = [fault.at for fault in error.faults if fault.what]
    assert all(isinstance(key, str) for key in keys)


@pytest.mark.parametrize("text", ["", "# nothing", "- a", "text"])
def test_what_to_begin_a_file_with_depends_on_its_kind(project, text: str) -> None:
    project.write(project.stack, text)
    fix = project.fault().fix
    assert "`config:`" in fix
    assert "isoserve: 1" not in fix
    project.write(project.stack, "config:\n  serving:environment: dev\n  serving:service: fraud\n")
    project.write(project.service, text)
    assert project.fault().fix == "start it with `isoserve: 1`"
