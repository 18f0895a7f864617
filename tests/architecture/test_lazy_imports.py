"""What is imported before a target is chosen: never a provider SDK. Asked of a fresh interpreter."""

from __future__ import annotations

import subprocess
import sys

import pytest

from isoserve.adapters.base.registry import BUILT_IN

SDKS = (
    "pulumi_aws",
    "pulumi_gcp",
    "pulumi_azure_native",
    "pulumi_kubernetes",
    "boto3",
    "botocore",
    "sagemaker",
    "google.cloud",
    "azure",
    "kubernetes",
    "mlserver",
    "aiohttp",
)
PROFILES = tuple(f"isoserve.adapters.{name}.profile" for name in BUILT_IN)
BUILD_ALL = "from isoserve.adapters.base.registry import profiles; list(profiles())"


def loaded_after(statement: str) -> set[str]:
    """The modules of a fresh interpreter that ran one statement."""
    program = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    return set(run.stdout.split())


def heavy(modules: set[str], forbidden: tuple[str, ...]) -> set[str]:
    return {
        module for module in modules for sdk in forbidden if module == sdk or module.startswith(f"{sdk}.")
    }


@pytest.mark.parametrize(
    "module",
    [*PROFILES, "isoserve.adapters.base.registry", "isoserve.spec", "isoserve.cli", "isoserve.errors"],
)
def test_no_sdk_and_no_engine(module: str) -> None:
    loaded = loaded_after(f"import {module}")
    assert module in loaded
    assert heavy(loaded, (*SDKS, "pulumi", "grpc")) == set()


def test_all_profiles_together_need_no_engine() -> None:
    loaded = loaded_after(BUILD_ALL)
    assert set(PROFILES) <= loaded
    assert heavy(loaded, (*SDKS, "pulumi", "grpc")) == set()


@pytest.mark.parametrize(
    "module", ["isoserve.components", "isoserve.policies.rules.in_force", "isoserve.engine"]
)
def test_no_sdk(module: str) -> None:
    assert heavy(loaded_after(f"import {module}"), SDKS) == set()


def test_rules_need_no_engine() -> None:
    loaded = loaded_after("import isoserve.policies.rules.in_force, isoserve.policies.rules.judgement")
    assert heavy(loaded, ("pulumi", "pulumi_policy", "grpc")) == set()


def test_the_runtime_needs_no_engine_and_no_spec() -> None:
    loaded = loaded_after("import isoserve.runtime.client")
    assert heavy(loaded, (*SDKS, "pulumi", "pydantic", "isoserve.spec", "isoserve.adapters")) == set()
