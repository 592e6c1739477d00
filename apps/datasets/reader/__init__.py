"""From a file to a grid of text, nothing reinterpreted: packing, form and layout are found in the content."""

from apps.datasets.reader.dialect import Reading
from apps.datasets.reader.encoding import EmptyFile
from apps.datasets.reader.guessed import Guess
from apps.datasets.reader.progress import Progress, quiet
from apps.datasets.reader.source import Source, open_source

__all__ = ["EmptyFile", "Guess", "Progress", "Reading", "Source", "open_source", "quiet"]
