"""Forms as a browser reads them: what would be posted if nobody changed anything."""

from __future__ import annotations

from html.parser import HTMLParser


class Form(HTMLParser):
    """Of a page with several forms the one whose id is given; `fields` is what it would send."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id = form_id
        self.fields: dict[str, str] = {}
        self._is_inside = False
        self._select = self._area = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attributes}
        if tag == "form":
            self._is_inside = found.get("id") == self.form_id
        if not self._is_inside:
            return
        name, kind = found.get("name", ""), found.get("type", "text")
        is_box = kind in {"checkbox", "radio"}
        is_off = is_box and "checked" not in found
        if tag == "input" and name and kind not in {"submit", "file", "image", "button"} and not is_off:
            self.fields[name] = found.get("value", "on" if is_box else "")
        elif tag == "textarea":
            self._area = name
            self.fields[name] = ""
        elif tag == "select":
            self._select = name
        elif tag == "option" and self._select and "selected" in found:
            self.fields[self._select] = found.get("value", "")

    def handle_data(self, data: str) -> None:
        if self._area:
            self.fields[self._area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._is_inside = False
        elif tag == "textarea":
            self.fields[self._area] = self.fields[self._area].removeprefix("\n")
            self._area = ""
        elif tag == "select":
            self._select = ""


def fields_of(html: str, form_id: str) -> dict[str, str]:
    form = Form(form_id)
    form.feed(html)
    return form.fields
