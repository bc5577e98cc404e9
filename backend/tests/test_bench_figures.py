"""What the benchmark makes of what it has counted: faults, medians, ratios, the table and the picture."""

from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest

from scripts.bench import equality, plot, table
from scripts.bench.dataset import Written
from scripts.bench.figures import Figures, amount
from scripts.bench.load import Load, parsed
from scripts.bench.measurement import DATABASE, Measured, Sample
from scripts.bench.systems import FASTIFY_PEER, FLOOR, SERVICE, TUTORIAL

GOOD = Load(
    requests=1000, microseconds=1_000_000, p50=900, p99=2_000, failed=0, refused=0, wrong=0,
    sent_get=633, sent_list=250, sent_create=100, sent_toggle=50,
    got_task=650, got_list=250, got_created=100, generator_seconds=0.5,
)  # fmt: skip # as a line of wrk


def sample(system: str, operation: str, number: int, cpu_us: float, *, workers: int = 1, ms: float = 1.5) -> Sample:
    return Sample(
        workers, system, operation, number, requests=1000, seconds=2.0, cpu_seconds=cpu_us / 1000,
        database_seconds=0.1, generator_seconds=0.02, p50_ms=ms, p99_ms=20 * ms,
    )  # fmt: skip # in the order of its members


def measured() -> Measured:
    """Three rounds of which the second was slow for all, and the third for Fastify."""
    rounds = {SERVICE: (50, 100, 50), TUTORIAL: (500, 1000, 450), FASTIFY_PEER: (100, 200, 300)}
    samples = [
        sample(system, "mix", number, cpu_us)
        for system, several in rounds.items()
        for number, cpu_us in enumerate(several, 1)
    ]
    samples += [sample(FLOOR, "get", 1, 15), sample(SERVICE, "get", 1, 40, ms=12), sample(DATABASE, "get", 1, 0)]
    samples.append(replace(sample(SERVICE, "mix", 1, 50, workers=2), requests=1800))
    names = [(1, name) for name in (*rounds, FLOOR)] + [(2, SERVICE)]
    return Measured("18.4", samples, dict.fromkeys(names, 1.25), dict.fromkeys(names, 64 * 2**20))


def test_what_wrk_printed_last_is_read() -> None:
    printed = (
        'Running\n\n{"requests": 3, "microseconds": 9, "p50": 1, "p99": 2, "failed": 0, "refused": 0, "wrong": 0, '
    )
    printed += '"sent_get": 3, "sent_list": 0, "sent_create": 0, "sent_toggle": 0, "got_task": 3, "got_list": 0, '
    assert parsed(printed + '"got_created": 0}\n', 0.25).got_task == 3


def test_a_good_load_has_no_faults() -> None:  # BENCH-6
    assert GOOD.faults(None) == []
    assert GOOD.faults(Written(created=100, toggled=50)) == []
    # As many as there are connections may be under way when wrk stops, and one was only looked at.
    assert replace(GOOD, got_list=217).faults(Written(created=67, toggled=17)) == []


@pytest.mark.parametrize(
    ("load", "written", "faults"),
    [
        (replace(GOOD, failed=1), None, ["1 broken connections"]),
        (replace(GOOD, refused=2, wrong=3), None, ["2 refused requests", "3 wrong answers"]),
        (replace(GOOD, got_list=216), None, ["216 lists for 250 requests"]),
        (replace(GOOD, got_created=134), None, ["134 created tasks for 100 requests"]),
        (replace(GOOD, got_task=600), None, ["600 tasks for 683 requests"]),
        (GOOD, Written(created=100, toggled=0), ["0 toggled rows for 50 requests"]),
        (GOOD, Written(created=0, toggled=50), ["0 created rows for 100 requests"]),
    ],
)
def test_a_fault_is_named(load: Load, written: Written | None, faults: list[str]) -> None:  # BENCH-6
    assert load.faults(written) == faults


def test_figures_are_medians_of_rounds() -> None:  # BENCH-8
    figure = amount(measured()).of(1, SERVICE, "mix")
    assert figure is not None
    assert (figure.rounds, figure.requests) == (3, 3000)
    assert (figure.cpu_us, figure.least_cpu_us, figure.greatest_cpu_us) == (50, 50, 100)
    assert (figure.requests_per_second, figure.database_us, figure.generator_us) == (500, 100, 20)
    assert amount(measured()).of(1, SERVICE, "toggle") is None


def test_ratios_are_formed_within_rounds() -> None:  # BENCH-8
    ratios = {ratio.peer: (ratio.median, ratio.worst) for ratio in amount(measured()).ratios}
    assert ratios == {TUTORIAL: (10, 9), FASTIFY_PEER: (2, 2)}


def test_the_table_has_all_figures() -> None:  # BENCH-9
    lines = [" ".join(line.split()) for line in table.lines(amount(measured()))]
    assert lines[1:6] == [
        "get list create toggle mix memory MB start s",
        f"{SERVICE} 40 - - - 50 64 1.2",  # the systems are in the order in which they were started
        f"{TUTORIAL} - - - - 500 64 1.2",
        f"{FASTIFY_PEER} - - - - 200 64 1.2",
        f"{FLOOR} 15 - - - - 64 1.2",
    ]
    assert lines[6:9] == [
        "This service takes so many times less; in brackets the worst round",
        f"{TUTORIAL} - - - - 10.00 (9.00)",
        f"{FASTIFY_PEER} - - - - 2.00 (2.00)",
    ]
    assert f"{SERVICE} 500 12/240 - - - 500 1.5/30" in lines
    assert f"{DATABASE} 500 - - - -" in lines
    assert f"{DATABASE} 100 - - - -" in lines
    assert lines[-1] == "this service, mix: 2 workers answer 1.80 times the requests of one"


def test_without_a_mix_nothing_is_said_of_workers() -> None:
    found = amount(measured())
    without = Figures([each for each in found.figures if each.operation != "mix"], [], found.processes)
    several = replace(without.figures[0], workers=2)
    assert table.lines(Figures([*without.figures, several], [], found.processes))[-1] == ""


def test_the_picture_shows_the_bars_of_each_operation() -> None:  # BENCH-9
    drawn = ET.fromstring(plot.svg(amount(measured()), "a < b"))  # noqa: S314 - our own
    space = "{http://www.w3.org/2000/svg}"
    texts = [element.text for element in drawn.iter(f"{space}text")]
    assert texts[1:6] == ["get", SERVICE, "40", FLOOR, "15"]
    assert texts[-1] == "a < b"
    bars = {float(bar.get("width", 0)) for bar in drawn.iter(f"{space}rect") if bar.get("class") == "other"}
    assert max(bars) == 520
    assert [bar.get("width") for bar in drawn.iter(f"{space}rect") if bar.get("class") == "own"] == ["520.0", "52.0"]
    assert DATABASE not in texts


def test_systems_that_answer_alike_do_not_differ() -> None:  # BENCH-7
    own = {"get": {"status": 200, "body": {"at": "2026-01-01T00:00:00.5Z", "on": "2026-01-01", "n": 1, "x": [1, None]}}}
    other = {
        "get": {
            "status": 200,
            "body": {"at": "2026-01-01T01:00:00.500000+01:00", "on": "2026-01-01", "n": 1, "x": [1, None]},
        }
    }
    assert equality.differences("Fastify", own, other) == []


@pytest.mark.parametrize(
    ("other", "place"),
    [
        ({"status": 201, "body": {"items": [{"n": 1}]}}, ".status"),
        ({"status": 200, "body": {"items": [{"n": 2}]}}, ".body.items[0].n"),
        ({"status": 200, "body": {"items": [{"n": 1, "m": 1}]}}, ".body.items[0]"),
        ({"status": 200, "body": {"items": []}}, ".body.items"),
        ({"status": 200, "body": {"items": None}}, ".body.items"),
    ],
)
def test_a_difference_is_named_by_its_place(other: object, place: str) -> None:  # BENCH-7
    own = {"list": {"status": 200, "body": {"items": [{"n": 1}]}}}
    assert equality.differences("Fastify", own, {"list": other}) == [f"Fastify: list: {place}"]
