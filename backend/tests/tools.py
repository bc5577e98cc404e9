"""Programs that are not Python: without one, tests are named as not run, and where CI is set they fail.

`pytest_terminal_summary` is a hook of pytest; conftest.py takes it over.
"""

import os
import shutil

import pytest

NOT_RUN = "not run: "


def require_tool(tool: str, what: str) -> str:
    """The path of `tool`, which `what` needs; without it the test ends here."""
    path = shutil.which(tool)
    if path is not None:
        return path
    reason = f"{NOT_RUN}{what} needs {tool}, which is not installed"
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


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
