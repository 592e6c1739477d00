"""Where the files of one table of one workspace are, and how a file comes to be there whole."""

import os
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Layout:
    """DATA_DIR/columns/<workspace>/<table>/{rows,superseded}/<import>.parquet, of packs <name>.parquet"""

    data_dir: Path
    workspace: int
    table: str

    @property
    def folder(self) -> Path:
        return self.data_dir / "columns" / str(self.workspace) / self.table

    def rows(self, batch: int) -> Path:
        return self.folder / "rows" / f"{batch}.parquet"

    def superseded(self, batch: int) -> Path:
        return self.folder / "superseded" / f"{batch}.parquet"

    def pack(self, name: str) -> Path:
        return self.folder / "rows" / f"{name}.parquet"

    def pack_superseded(self, name: str) -> Path:
        return self.folder / "superseded" / f"{name}.parquet"


def publish(written: Path, final: Path) -> None:
    """Give a finished file its final name, so that it is there whole or not at all, also after a power cut."""
    final.parent.mkdir(parents=True, exist_ok=True)
    _sync(written)
    written.replace(final)
    _sync(final.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
