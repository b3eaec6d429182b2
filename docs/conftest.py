"""Every Python block of these pages is run, in order, as the page reads."""

import pytest
from sybil import Sybil
from sybil.parsers.markdown import PythonCodeBlockParser

pytest_collect_file = Sybil(parsers=[PythonCodeBlockParser()], patterns=["*.md"]).pytest()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Keep the blocks of a page on one worker."""
    if item.path.suffix == ".md":
        item.add_marker(pytest.mark.xdist_group(item.path.name))


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep the blocks of a page in order, whatever shuffles the other tests."""
    pages = [number for number, item in enumerate(items) if item.path.suffix == ".md"]
    ordered = sorted((items[number] for number in pages), key=lambda item: (str(item.path), item.location[1] or 0))
    for number, item in zip(pages, ordered, strict=True):
        items[number] = item
