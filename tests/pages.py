"""A written page, taken apart: what tests of reports share."""

import base64
import json
import zlib
from html.parser import HTMLParser

import numpy as np


class Page(HTMLParser):
    """Elements, scripts and text of a page; unbalanced elements fail."""

    EMPTY = frozenset({"meta", "input", "br", "img", "link"})

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.attributes, self.texts, self.scripts = [], [], [], [], []
        self.feed(html)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *pair) for pair in attrs]
        if tag not in self.EMPTY:
            self.open.append(tag)
        if tag == "script":
            self.scripts.append([dict(attrs), ""])

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts[-1][1] += data
        else:
            self.texts.append(data)

    def script(self, name):
        """The text of the script element with an id."""
        return next(text for attrs, text in self.scripts if attrs.get("id") == name)

    def data(self):
        return json.loads(self.script("data"))

    def series(self, where, dtype, columns=1):
        """An array over time as the scripts unpack it."""
        first, size = where
        raw = zlib.decompress(base64.b64decode(self.data()["series"]))[first : first + size]
        return np.cumsum(np.frombuffer(raw, dtype).reshape(-1, columns), axis=0, dtype=dtype)

    @property
    def text(self):
        return " ".join(" ".join(self.texts).split())
