"""What all pages for people have in common, and the one of `/` (specs/features/problems.md, health-and-docs.md)."""

import re
from base64 import b64encode
from hashlib import sha256
from itertools import pairwise

import pytest

from backend import about_pages
from backend.pages import PALETTE
from backend.settings import Settings
from backend.tests.client import Client, contract
from backend.tests.conftest import Service
from backend.tests.contrast import contrast
from backend.tests.html_page import Page
from generated.api import CONTRACT_VERSION

CODES: list[str] = contract()["components"]["schemas"]["ProblemCode"]["enum"]
WANTED = {"Accept": "text/html"}


@pytest.mark.parametrize("path", ["/", "/problems", *(f"/problems/{code}" for code in CODES)])
def test_a_page_is_well_formed_and_loads_nothing(nobody: Client, path: str) -> None:  # PROB-5, PROB-9, PROB-12
    response = nobody.get(path, headers=WANTED)
    page = Page(response.text)
    tags = [tag for tag, _ in page.elements]
    assert response.text.startswith("<!doctype html>\n")
    assert page.elements[0] == ("html", {"lang": "en"})
    assert [tags.count(tag) for tag in ("head", "title", "body", "main", "h1", "footer", "style")] == [1] * 7
    assert tags.count("nav") == (path != "/")
    headings = [int(tag[1]) for tag in tags if re.fullmatch("h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(headings))
    assert not {"script", "img", "iframe", "object", "embed", "form", "base"} & set(tags)
    assert [attributes for tag, attributes in page.elements if tag == "link"] == [{"rel": "icon", "href": "data:,"}]
    assert not [name for _, attributes in page.elements for name in attributes if name.startswith("on")]
    assert not page.attributes("src")
    assert not page.attributes("style")
    assert all(link.startswith(("/", "data:,")) for link in page.attributes("href"))
    [style] = page.texts["style"]
    assert not re.search(r"@import|url\(", style)
    digest = b64encode(sha256(style.encode()).digest()).decode()
    allowed = response.headers["content-security-policy"].split("; ")
    # The icon is `data:,`, which stands for none.
    assert {name for name in allowed if "-src " in name} == {
        "default-src 'none'",
        f"style-src 'sha256-{digest}'",
        "img-src data:",
    }


def test_every_page_has_a_title_of_its_own(nobody: Client) -> None:  # PROB-12
    paths = ["/", "/docs", "/problems", *(f"/problems/{code}" for code in CODES)]
    titles = [re.findall("<title>(.+)</title>", nobody.get(path, headers=WANTED).text) for path in paths]
    assert len({title for [title] in titles}) == len(paths)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
def test_every_colour_can_be_read_on_every_ground(theme: int) -> None:  # PROB-11
    colours = [dict(re.findall(r"--(\w+): (#[0-9a-f]{3,6})", part)) for part in PALETTE.split("@media")][theme]
    grounds = {name: colours.pop(name) for name in ("paper", "box")}
    del colours["line"]  # between texts, and no text
    assert colours.keys() == {"ink", "faint", "link", "later", "keyed", "corrected", "authenticated"}
    ratios = {
        (name, ground): contrast(colour, under) for name, colour in colours.items() for ground, under in grounds.items()
    }
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}


def test_the_ratios_are_those_of_wcag() -> None:  # PROB-11
    assert contrast("#000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#fff") == pytest.approx(4.48, abs=0.005)


def test_the_page_of_the_root_says_what_this_is_and_where_to_go(nobody: Client) -> None:  # DOCS-10
    page = Page(nobody.get("/", headers=WANTED).text)
    assert page.texts["h1"] == [contract()["info"]["title"]]
    assert CONTRACT_VERSION in page.text
    assert contract()["info"]["summary"] in page.text
    links = {"/docs", "/openapi.yaml", "/openapi.json", "/problems", "/health", "/health/db"}
    assert links <= set(page.attributes("href"))
    assert all(nobody.get(link).status_code == 200 for link in links)
    [request] = page.texts["pre"]
    assert '"Authorization: Bearer $TOKEN" "$SERVICE/api/alice/tasks"' in request


def test_the_page_of_the_root_does_not_lead_to_what_is_off(service: Service) -> None:  # DOCS-6, DOCS-10
    with service.variant(docs_enabled=False) as other, other.client("") as nobody:
        assert "/docs" not in nobody.get("/", headers=WANTED).text


def told(settings: Settings, **changes: object) -> list[str]:
    """The texts of both pages that say how to get a token."""
    info, settings = contract()["info"], settings.model_copy(update=changes)
    return [Page(about_pages.front(info, settings)).text, about_pages.docs(info, settings)]


def test_in_development_make_prints_a_token(running: Service) -> None:  # DOCS-11
    for text in told(running.settings):
        assert "make -s token USER=alice" in text


def test_in_development_better_auth_may_be_the_only_one_to_make_a_token(running: Service) -> None:  # DOCS-11
    for text in told(running.settings, better_auth_secret=None, better_auth_url="http://localhost:3000/<x>"):
        assert "make -s token" not in text
        assert "http://localhost:3000/" in text
        assert "<x>" not in text.replace("/<x> to get", "")  # escaped; the first text is what is read of it


@pytest.mark.parametrize("environment", ["staging", "production"])
def test_elsewhere_whoever_signs_users_in_makes_the_tokens(running: Service, environment: str) -> None:  # DOCS-11
    for text in told(running.settings, environment=environment, better_auth_url="http://auth.internal"):
        assert "Tokens come from the service that signs your users in" in text
        assert "make -s token" not in text
        assert "auth.internal" not in text
