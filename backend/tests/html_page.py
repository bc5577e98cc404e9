"""Pages as a browser would read them, if they are well-formed."""

from html.parser import HTMLParser

from typing_extensions import override

VOID = {"meta", "link"}


class Page(HTMLParser):
    """A page as a browser would read it, if it is well-formed; browsers repair what is not, each in its own way."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == [], "not closed"
        self.text = " ".join(self.text.split())

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), f"an attribute of {tag} twice"
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            assert not self.open or self.open[-1] != "p" or tag in {"a", "code", "span"}, f"{tag} ends a paragraph"
            self.open.append(tag)
            self.texts.setdefault(tag, []).append("")

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        for tag in set(self.open):
            self.texts[tag][-1] += data
        if self.open and self.open[-1] != "style":
            self.text += data

    def attributes(self, name: str) -> list[str]:
        """The values of an attribute, in order."""
        return [value for _, attributes in self.elements if (value := attributes.get(name)) is not None]
