"""Pages of the report as a parser reads them."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = {"meta", "link", "br", "img", "input", "hr", "line", "rect"}


@dataclass
class Element:
    """An element with what it holds."""

    tag: str
    attributes: dict[str, str]
    children: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, blanks made one."""
        parts = (each if isinstance(each, str) else each.text for each in self.children)
        return " ".join("".join(parts).split())

    def all(self, tag: str = "", **attributes: str) -> list[Element]:
        """Every element in it of a tag, with attributes; a class may be one of several."""
        found = []
        for each in self.children:
            if isinstance(each, Element):
                if each.fits(tag, attributes):
                    found.append(each)
                found += each.all(tag, **attributes)
        return found

    def one(self, tag: str = "", **attributes: str) -> Element:
        """The only such element."""
        (found,) = self.all(tag, **attributes)
        return found

    def fits(self, tag: str, attributes: dict[str, str]) -> bool:
        """Whether it is of the tag and has the attributes."""
        own = {**self.attributes, "class_": self.attributes.get("class", "")}
        return tag in ("", self.tag) and all(
            value in own.get(name, "").split() if name == "class_" else own.get(name) == value
            for name, value in (
                (name.replace("data_", "data-"), v) for name, v in attributes.items()
            )
        )


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {})
        self.open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(element)
        if tag not in VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"{tag} closes {self.open[-1].tag}"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def parsed(html: str) -> Element:
    """The page as a tree; every element is closed where it should be."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    assert reader.open == [reader.root], [each.tag for each in reader.open]
    return reader.root
