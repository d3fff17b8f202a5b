"""Pages to show a class: words, figures and tables in one HTML file."""

from seethrough.report.page import Page, Picture, Section, Table, picture, render, write

__all__ = ["Page", "Picture", "Section", "Table", "picture", "render", "write"]
