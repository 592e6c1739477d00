"""Which encoding a text file has, and the file as UTF-8."""

import codecs
import re
import stat
from pathlib import Path

from apps.common.errors import Refusal

CHUNK = 8 * 1024 * 1024
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_NO_TEXT = bytes({*range(32)} - set(b"\t\n\v\f\r\x1b"))  # a few of them are slips, many are another kind of file
# What begins like this is not a text file; the words say what to do about it.
_OTHER_KINDS = (
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "a file that is packed several times"),
    (b"SQLite format 3", "a database"),
)
_JSON = re.compile(rb'\s*(?:\{\s*["}]|\[\s*[\[{"\]])')
ACCEPTED = (
    "CSV, TSV, Excel, ODS, Parquet and JSON lines are accepted, also as ZIP or GZ: save or export it as one of them"
)


class EmptyFile(Refusal):
    """There is nothing in the file."""


def refuse_other_kinds(start: bytes, name: str) -> None:
    """Refusal for an empty file and for anything that is not text."""
    if not start.strip():
        raise EmptyFile(f"`{name}` is empty: export it again with at least a header line and one row.")
    for magic, kind in _OTHER_KINDS:
        if start.startswith(magic):
            raise Refusal(f"`{name}` is {kind}. {ACCEPTED}.")
    if _JSON.match(start):
        raise Refusal(f"`{name}` looks like JSON. {ACCEPTED}.")
    if start.lstrip()[:5].lower() in (b"<html", b"<!doc", b"<?xml", b"<tabl"):
        raise Refusal(f"`{name}` is a web page or XML document. {ACCEPTED}.")


def encoding_of(path: Path, name: str) -> str:
    """A Python codec name: by byte order mark, by zero bytes, by being valid UTF-8 throughout, else Windows-1252."""
    start = _beginning(path, name)
    for mark, codec in _MARKS:
        if start.startswith(mark):
            return codec
    refuse_other_kinds(start, name)
    if b"\x00" in start and (wide := _wide_without_mark(start)):
        return wide
    filled = start.rstrip(b"\x00")
    if not filled or sum(filled.count(sign) for sign in _NO_TEXT) * 20 > len(filled):
        raise Refusal(f"`{name}` is not a text file. {ACCEPTED}.")
    if _is_utf8(path):
        return "utf-8"
    return "cp1252" if decodes(path, "cp1252") else "iso8859-1"


def _beginning(path: Path, name: str) -> bytes:
    try:
        mode = path.stat().st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):  # a pipe can be read only once, a device without end
            raise Refusal(f"`{name}` is not a regular file: save what it delivers as a file.")
        with path.open("rb") as file:
            return file.read(4096)
    except OSError as error:
        raise Refusal(f"The file `{name}` cannot be opened: {error.strerror}.") from error


def _wide_without_mark(start: bytes) -> str | None:
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if odd > 4 * max(even, 1) and odd > len(start) // 8:
        return "utf-16-le"
    if even > 4 * max(odd, 1) and even > len(start) // 8:
        return "utf-16-be"
    return None


def _is_utf8(path: Path) -> bool:
    return decodes(path, "utf-8")


def decodes(path: Path, codec: str) -> bool:
    """Whether the whole file is text in this encoding."""
    decoder = codecs.getincrementaldecoder(codec)()
    try:
        with path.open("rb") as file:
            while chunk := file.read(CHUNK):
                # Pure ASCII needs no decoding, and most exports are nothing else.
                if not (chunk.isascii() and decoder.getstate()[0] == b""):
                    decoder.decode(chunk)
            decoder.decode(b"", True)
    except UnicodeDecodeError:
        return False
    return True


def as_utf8(path: Path, codec: str, folder: Path, name: str) -> Path:
    """The file itself if it is UTF-8 without marks or zero bytes, else a copy in `folder` that is. Line ends stay."""
    if codec == "utf-8" and not _has_strange_bytes(path):
        return path
    copy = folder / "utf8.txt"
    with path.open("r", encoding=codec, newline="", errors="strict") as source:
        try:
            with copy.open("w", encoding="utf-8", newline="") as target:
                while chunk := source.read(CHUNK):
                    # A zero byte says nothing in a text, nor does a mark where files were put one behind the other.
                    target.write(chunk.replace("\x00", "").replace("\ufeff", ""))
        except UnicodeError as error:
            raise Refusal(
                f"`{name}` begins as {codec.upper().removesuffix('-SIG')} text but goes on as something else, or is cut"
                " off: export it again, best as CSV in UTF-8."
            ) from error
    return copy


def _has_strange_bytes(path: Path) -> bool:
    """Whether there are zero bytes or byte order marks."""
    last = b""
    with path.open("rb") as file:
        while chunk := file.read(CHUNK):
            if b"\x00" in chunk or codecs.BOM_UTF8 in chunk or codecs.BOM_UTF8 in last + chunk[:2]:
                return True
            last = chunk[-2:]
    return False
