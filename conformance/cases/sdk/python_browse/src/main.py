"""Reads a page as text."""

from workbooks import browse, tool


@tool
def read(url: str):
    """Title, text and links of a page."""
    page = browse.fetch(url, browse.Format.TEXT)
    return [page.title, page.body, page.links]
