"""A message to a person, in both languages."""

from typing import NamedTuple


class Text(NamedTuple):
    """One message: zh-CN first, English beside. Both say what to do next."""

    zh: str
    en: str

    def fill(self, **facts: object) -> "Text":
        """Put facts into both languages (``str.format`` fields)."""
        return Text(self.zh.format(**facts), self.en.format(**facts))
