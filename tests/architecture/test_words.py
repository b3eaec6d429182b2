"""Words that must not be in the tree."""

import re

from tests.architecture.tree import texts

# Written so that none of the patterns matches itself.
MACHINE_PATH = re.compile(r"(?<![\w.:/~-])/(?:work|root|home|Users)/\w")
PACKAGE_HOST = re.compile(r"\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|debian\.org)\b", re.IGNORECASE)
UNFINISHED = re.compile(r"\b(?:TODO|FIXME)\b")


def places(pattern: re.Pattern[str], within: str = "") -> list[str]:
    """Where the pattern matches, as file:line, in the files below a folder."""
    return [
        f"{name}:{number}"
        for name, text in texts().items()
        if name.startswith(within)
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]


def test_no_path_of_somebodys_machine() -> None:
    """A path that exists on one machine only helps nobody else."""
    assert places(MACHINE_PATH) == []


def test_no_package_host() -> None:
    """Which index or mirror packages come from is each machine's own setting."""
    assert places(PACKAGE_HOST) == []


def test_nothing_is_left_for_later_in_the_package() -> None:
    """What is unfinished is an issue, not a comment."""
    assert places(UNFINISHED, within="xinfang_flow/") == []
