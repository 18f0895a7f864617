"""What the house style lets a test hold: sizes, names, docstrings, no target by name outside its folder."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath

import pytest

from isoserve.adapters.base.registry import BUILT_IN

FILE_LINES = 500
FUNCTION_LINES = 70
VAGUE = {"utils", "util", "helpers", "helper", "manager", "handler", "misc", "common"}
SHADOWS = {
    "profile": "the design's word; only ever imported by its full name",
}
"""Names of the standard library that a module may have, and why."""

Trees = Mapping[str, ast.Module]


def test_the_product_is_found(product: Mapping[str, str]) -> None:
    assert {"isoserve/errors.py", "adapters/base/adapter.py", "policies/__main__.py"} <= set(product)
    assert not [path for path in product if path.startswith("isoserve/adapters")]


def test_files_hold_one_thing(product: Mapping[str, str]) -> None:
    assert {path: n for path, text in product.items() if (n := text.count("\n")) > FILE_LINES} == {}


def test_functions_do_one_thing(trees: Trees) -> None:
    long = {
        f"{path}:{function.lineno} {function.name}": lines
        for path, tree in trees.items()
        for function in _functions(tree)
        if (lines := (function.end_lineno or 0) - function.lineno + 1) > FUNCTION_LINES
    }
    assert long == {}


def test_modules_say_what_they_hold(trees: Trees) -> None:
    assert [path for path, tree in trees.items() if not (ast.get_docstring(tree) or "").strip()] == []


def test_modules_with_code_postpone_annotations(trees: Trees) -> None:
    late = [
        path
        for path, tree in trees.items()
        if len(tree.body) > 1 and not any(_is_future(statement) for statement in tree.body)
    ]
    assert late == []


def test_names_say_the_domain(product: Mapping[str, str]) -> None:
    assert [path for path in product if _name(path) in VAGUE] == []


def test_no_module_is_called_like_one_of_the_standard_library(product: Mapping[str, str]) -> None:
    shadowing = {
        path for path in product if _name(path) in sys.stdlib_module_names and _name(path) not in SHADOWS
    }
    assert shadowing == set()


@pytest.mark.parametrize("folder", ["policies", "stacks"])
def test_what_comes_first_on_a_path_holds_no_module(folder: str, product: Mapping[str, str]) -> None:
    here = {path for path in product if PurePosixPath(path).parent == PurePosixPath(folder)}
    assert here <= {f"{folder}/__main__.py", f"{folder}/__init__.py"}
    assert f"{folder}/__main__.py" in here


def test_no_code_asks_which_target_it_is(trees: Trees) -> None:
    asked = [
        f"{path}:{node.lineno}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        for target in _targets_compared(node)
        if not path.startswith((f"adapters/{target}/", f"isoserve/provider/{target}/"))
    ]
    assert asked == []


@pytest.mark.parametrize(
    "code",
    [
        "x == 'sagemaker'",
        "'local' != x",
        "x in ('vertex', 'azureml')",
        "x in {'kubernetes'}",
        "match x:\n  case 'local': pass",
        "match x:\n  case 'a' | 'vertex': pass",
    ],
)
def test_such_code_would_be_found(code: str) -> None:
    assert [target for node in ast.walk(ast.parse(code)) for target in _targets_compared(node)]


def test_nobody_swallows_every_exception(trees: Trees) -> None:
    bare = [
        f"{path}:{node.lineno}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ExceptHandler) and node.type is None
    ]
    assert bare == []


def test_imports_are_absolute(trees: Trees) -> None:
    relative = [
        f"{path}:{node.lineno}"
        for path, tree in trees.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.level
    ]
    assert relative == []


def _functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def _name(path: str) -> str:
    pure = PurePosixPath(path)
    return pure.parent.name if pure.stem == "__init__" else pure.stem


def _targets_compared(node: ast.AST) -> Iterator[str]:
    """The targets' names that a comparison or a case mentions."""
    if isinstance(node, ast.Compare):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.MatchValue):
        parts = [node.value]
    else:
        return
    for part in parts:
        yield from (
            inner.value
            for inner in ast.walk(part)
            if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and inner.value in BUILT_IN
        )
