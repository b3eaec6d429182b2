"""What the command line says, in Chinese and English, from one table: `labels.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import Any

from xinfang_flow.text import Language


@lru_cache(maxsize=1)
def table() -> Mapping[str, Mapping[str, str]]:
    """Return every label by its key, `section.name`, in both languages."""
    document = tomllib.loads(resources.files(__package__).joinpath("labels.toml").read_text("utf-8"))
    return {f"{section}.{name}": texts for section, names in document.items() for name, texts in names.items()}


class Words:
    """The labels in one language."""

    def __init__(self, lang: Language) -> None:
        self.lang: Language = lang

    def __call__(self, key: str, **facts: Any) -> str:
        """Return a label with its facts filled in."""
        return table()[key][self.lang].format(**facts)

    def known(self, key: str | None) -> str:
        """Return the label of a key, the text itself when it is none."""
        return table()[key][self.lang] if key is not None and key in table() else key or ""

    def pick(self, zh: str, en: str) -> str:
        """Return the one in this language."""
        return zh if self.lang == "zh" else en


def language_of(arguments: Sequence[str], environment: Mapping[str, str]) -> Language:
    """Return the language that the arguments ask for, else that of the environment (LC_ALL, LC_MESSAGES, LANG).

    Chinese where neither says one; English for every other language than Chinese.
    """
    found = re.findall(r"(?:^|\0)--lang[=\0](zh|en)(?=\0|$)", "\0".join(arguments))
    if found:
        return "en" if found[-1] == "en" else "zh"
    locale = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := environment.get(name))), "")
    language = re.split(r"[_.@-]", locale.lower())[0]
    return "zh" if language in ("", "c", "posix", "zh") else "en"
