"""A full disk is a refusal with a sentence, whichever library met it."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from apps.datasets.errors import ImportRefusal

_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_SAID = ("no space left", "disk quota exceeded", "file too large", "max_temp_directory_size")
SENTENCE = (
    "There is no space left on the disk, so nothing was stored and everything is as it was."
    " Make room (docs/operations.md), then import the file again."
)


class NoSpace(ImportRefusal):
    """Not the file's fault: the same import may be tried again."""


@contextmanager
def told_when_full() -> Iterator[None]:
    """Turns a write that found no space into a Refusal; every other error passes."""
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE:
            raise NoSpace(SENTENCE) from error
        raise
    except duckdb.Error as error:
        if any(said in str(error).casefold() for said in _SAID):
            raise NoSpace(SENTENCE) from error
        raise
