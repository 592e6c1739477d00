"""Files that hold a table in another form than text (packed, workbooks, Parquet, lines of JSON), made into CSV."""

import csv
import gzip
import json
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import duckdb

from apps.common.errors import Refusal
from apps.datasets.reader.progress import Progress, quiet
from apps.datasets.reader.sheets import sheet_as_csv
from apps.datasets.store.sql import text

MOST_BYTES = 20 * 1024**3  # unpacked: beyond this a file is made to fill disks
MOST_COLUMNS = 5_000
_TABLES = frozenset(
    ".csv .tsv .txt .tab .xlsx .xlsm .xlsb .xls .ods .parquet .ndjson .jsonl .gz".split()  # noqa: SIM905 - readable
)
_ZIP, _GZIP, _OLE, _PARQUET = b"PK\x03\x04", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"PAR1"


@dataclass(frozen=True)
class Content:
    """`path` is a text file, as given or made. `written`: it is CSV that was made here, in its plainest form."""

    path: Path
    written: bool = False
    sheet: str | None = None
    sheets: tuple[str, ...] = ()


def content_of(
    path: Path, folder: Path, name: str, sheet: str | None = None, depth: int = 0, progress: Progress = quiet
) -> Content:
    """The text behind a file. `sheet`: of a workbook, or the file of an archive with several. Refusal if damaged."""
    try:
        with path.open("rb") as file:
            start = file.read(4096)
    except OSError:
        return Content(path)  # reading it as text says why it cannot be opened
    target = folder / f"content{depth}.csv"
    if start.startswith(_ZIP):
        return _zip(path, folder, name, sheet, depth, progress)
    if start.startswith(_OLE):
        chosen, sheets = sheet_as_csv(path, target, name, sheet, progress)
        return Content(target, True, chosen, sheets)
    if start.startswith(_GZIP) and depth < 3:
        return content_of(_gunzip(path, folder, name, depth), folder, name, sheet, depth + 1, progress)
    if start.startswith(_PARQUET):
        _parquet(path, target, name)
        return Content(target, True)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{") and _is_ndjson(path):
        _ndjson(path, target, name)
        return Content(target, True)
    if sheet and not depth:
        raise Refusal(f"`{name}` is a text file, and --sheet is for workbooks and archives: leave the sheet out.")
    return Content(path)


def _zip(path: Path, folder: Path, name: str, wanted: str | None, depth: int, progress: Progress) -> Content:
    try:
        with zipfile.ZipFile(path) as archive:
            members = {each.filename: each for each in archive.infolist() if not each.is_dir()}
            if sum(each.file_size for each in members.values()) > MOST_BYTES:
                raise Refusal(f"`{name}` is larger than {MOST_BYTES // 1024**3} GB when unpacked: split it.")
            if "[Content_Types].xml" in members or "content.xml" in members:
                target = folder / f"content{depth}.csv"
                chosen, sheets = sheet_as_csv(path, target, name, wanted, progress)
                return Content(target, True, chosen, sheets)
            member = _member(members, name, wanted)
            unpacked = folder / f"unpacked{depth}"
            with archive.open(member) as packed:
                _copy(packed, unpacked, name)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError) as error:
        raise Refusal(
            f"`{name}` is an Excel workbook or another zip file that is damaged or has a password: save it again."
        ) from error
    inside = wanted if wanted != member.filename else None
    inner = content_of(unpacked, folder, name, inside, depth + 1, progress)
    tables = tuple(sorted(_tables(members)))
    return Content(inner.path, inner.written, inner.sheet or member.filename, inner.sheets or tables)


def _tables(members: dict[str, zipfile.ZipInfo]) -> list[str]:
    return [
        each
        for each in members
        if PurePosixPath(each).suffix.lower() in _TABLES
        and not any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(each).parts)
    ]


def _member(members: dict[str, zipfile.ZipInfo], name: str, wanted: str | None) -> zipfile.ZipInfo:
    if wanted in members:
        return members[wanted]
    tables = _tables(members)
    if len(tables) == 1:
        return members[tables[0]]
    if not tables:
        raise Refusal(f"`{name}` is a zip file without a table in it: CSV, Excel, ODS, Parquet or lines of JSON.")
    listed = ", ".join(f"`{each}`" for each in sorted(tables)[:20])
    raise Refusal(f"`{name}` holds {len(tables)} tables, {listed}: say which with `reading.sheet` of the mapping.")


def _gunzip(path: Path, folder: Path, name: str, depth: int) -> Path:
    target = folder / f"unpacked{depth}"
    try:
        with gzip.open(path) as packed:
            _copy(packed, target, name)
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise Refusal(f"`{name}` is a gzip file that is damaged or cut off: pack it again.") from error
    return target


def _copy(packed: Any, target: Path, name: str) -> None:
    size = 0
    with target.open("wb") as file:
        while chunk := packed.read(8 * 1024 * 1024):
            size += len(chunk)
            if size > MOST_BYTES:
                raise Refusal(f"`{name}` is larger than {MOST_BYTES // 1024**3} GB when unpacked: split it.")
            file.write(chunk)


def _parquet(path: Path, target: Path, name: str) -> None:
    con = duckdb.connect(config={"memory_limit": "1GB", "threads": 2, "temp_directory": str(target.parent / "spill")})
    try:
        con.execute(
            f"COPY (SELECT CAST(COLUMNS(*) AS VARCHAR) FROM read_parquet({text(str(path))}))"  # noqa: S608 - a quoted path
            f" TO {text(str(target))} (FORMAT csv, HEADER true, NULLSTR '')"
        )
    except duckdb.Error as error:
        raise Refusal(f"`{name}` is a Parquet file that is damaged or encrypted: export it again.") from error
    finally:
        con.close()


def _is_ndjson(path: Path) -> bool:
    """Whether the first two lines are objects of their own; a single one is a document, not a table."""
    with path.open("rb") as file:
        found = 0
        for line in file:
            if line.strip():
                try:
                    if not isinstance(json.loads(line.decode("utf-8-sig")), dict):
                        return False
                except ValueError:
                    return False
                found += 1
                if found == 2:
                    return True
    return False


def _objects(path: Path, name: str) -> Iterator[tuple[int, dict[str, Any] | None]]:
    with path.open(encoding="utf-8-sig", newline="\n") as file:
        try:
            for number, line in enumerate(file, 1):
                found = json.loads(line, parse_float=str, parse_int=str) if line.strip() else None
                if found is not None and not isinstance(found, dict):
                    raise Refusal(f"`{name}`, line {number}: every line must be an object like {{…}}.")
                yield number, found
        except ValueError as error:
            raise Refusal(f"`{name}`: a line is no JSON ({error}). Export it again.") from error


def _ndjson(path: Path, target: Path, name: str) -> None:
    """Columns in the order in which they are first seen; nested values as JSON. Line n is line n + 1 of the result."""
    columns: dict[str, None] = {}
    for _, found in _objects(path, name):
        columns.update(dict.fromkeys(found or ()))
        if len(columns) > MOST_COLUMNS:
            raise Refusal(f"`{name}` has more than {MOST_COLUMNS:,} different keys: it is no table.")
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for _, found in _objects(path, name):
            if found is None:
                file.write("\n")
            else:
                writer.writerow([_plain(found.get(each)) for each in columns])


def _plain(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
