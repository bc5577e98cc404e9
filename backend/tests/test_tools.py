"""A test that could not run says so by name, and never passes for one that did."""

import pytest

from backend.tests.tools import NOT_RUN, require_tool

pytest_plugins = ["pytester"]

MISSING = "no-such-tool"
TESTS = f"""
    from backend.tests.tools import require_tool

    def test_that_needs_a_tool():
        require_tool({MISSING!r}, "the proof")

    def test_that_needs_none():
        pass
"""


def test_a_tool_that_is_there_is_found() -> None:
    assert require_tool("python3", "this test").endswith("/python3")


def test_without_the_tool_the_test_is_named_as_not_run(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CI", raising=False)
    pytester.makeconftest("from backend.tests.tools import pytest_terminal_summary")
    pytester.makepyfile(TESTS)
    result = pytester.runpytest_inprocess()
    result.assert_outcomes(passed=1, skipped=1)
    result.stdout.fnmatch_lines(["*= not run =*", f"*test_that_needs_a_tool: *{NOT_RUN}the proof needs {MISSING}*"])


def test_without_the_tool_the_test_fails_where_ci_is_set(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CI", "true")
    pytester.makepyfile(TESTS)
    pytester.runpytest_inprocess().assert_outcomes(passed=1, failed=1)


def test_a_run_without_gaps_has_no_such_section(pytester: pytest.Pytester) -> None:
    pytester.makeconftest("from backend.tests.tools import pytest_terminal_summary")
    pytester.makepyfile("def test_that_needs_none(): pass")
    assert "not run" not in pytester.runpytest_inprocess().stdout.str()
