"""Quoting for SQL that we build. Names and texts of files go through these two, without exception."""

from collections.abc import Iterable


def name(identifier: str) -> str:
    return '"' + identifier.replace('"', '""') + '"'


def text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def names(identifiers: Iterable[str], prefix: str = "") -> str:
    return ", ".join(prefix + name(each) for each in identifiers)


def texts(values: Iterable[str]) -> str:
    return ", ".join(text(each) for each in values)
