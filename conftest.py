"""What holds for every pytest run of this repository: CI skips nothing. Fixtures live under tests/."""

from __future__ import annotations

import os

import pytest


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Fail a run in CI that skipped anything: there every tool is installed, so a skip hides a gap."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = len(reporter.stats.get("skipped", [])) if reporter else 0
    if skipped and os.environ.get("CI") == "true":
        reporter.write_line(f"\n{skipped} skipped in CI, where nothing may be", red=True)
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
