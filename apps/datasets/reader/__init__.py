"""From a file to a grid of text, nothing reinterpreted: encoding, delimiter and line ends are found in the content."""

from apps.datasets.reader.source import Source, open_source

__all__ = ["Source", "open_source"]
