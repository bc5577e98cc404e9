"""Programs that are not Python: without one, tests are named as not run, and where CI is set they fail.

`pytest_terminal_summary` is a hook of pytest; conftest.py takes it over.
"""

import os
import shutil
from typing import NoReturn

import pytest

NOT_RUN = "not run: "


def require_tool(tool: str, what: str) -> str:
    """The path of `tool`, which `what` needs; without it the test ends here."""
    path = shutil.which(tool)
    if path is None:
        not_run(f"{what} needs {tool}, which is not installed")
    return path


def not_run(reason: str) -> NoReturn:
    """Ends the test, for want of what the machine lacks."""
    if os.environ.get("CI"):
        pytest.fail(NOT_RUN + reason, pytrace=False)
    pytest.skip(NOT_RUN + reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Names at the end what was not run."""
    reports = terminalreporter.getreports("skipped")
    lines = [f"{report.nodeid}: {_reason(report)}" for report in reports if NOT_RUN in _reason(report)]
    if lines:
        terminalreporter.section("not run")
        for line in lines:
            terminalreporter.line(line)


def _reason(report: pytest.TestReport) -> str:
    # Of a skipped test pytest keeps the place and the reason.
    return report.longrepr[2] if isinstance(report.longrepr, tuple) else ""
