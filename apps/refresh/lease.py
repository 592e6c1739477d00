"""The right to work on a run: taken by compare-and-set, kept by breathing, asked for inside every commit.

A run belongs to the worker that holds its token. A worker that was silent for RUN_STALE_AFTER seconds loses the token
(services.sweep takes it away), and from then on none of its writes matches a row any more.
"""

import contextlib
import logging
import threading
import time
import uuid
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.db import Error, IntegrityError, connection, transaction
from django.db.models import F
from django.utils import timezone

from apps.refresh.errors import LeaseLost
from apps.refresh.models import Run

logger = logging.getLogger(__name__)
PROGRESS_EVERY = 0.3  # seconds between two writes within one step


class Lease:
    """What one worker may do with the run it holds. Every method raises LeaseLost once the run is somebody else's."""

    def __init__(self, run_id: int, token: uuid.UUID) -> None:
        self.run_id = run_id
        self.token = token
        self._step = ""
        self._written = 0.0

    def _write(self, **values: Any) -> None:
        held = Run.objects.filter(pk=self.run_id, token=self.token, state=Run.State.RUNNING)
        if not held.update(**values):
            raise LeaseLost(f"run {self.run_id}")

    def fence(self) -> None:
        """Call inside the transaction of a commit: it goes through only while the run is still ours.

        On PostgreSQL the row stays locked until the transaction ends, so nobody can take the run in between.
        """
        self._write(heartbeat_at=timezone.now())

    def progress(self, step: str, done: int = 0, total: int = 0) -> None:
        """Say how far we are; written at once for a new step, else a few times a second."""
        now = time.monotonic()
        if step == self._step and now - self._written < PROGRESS_EVERY and done < total:
            return
        self._step, self._written = step, now
        self._write(step=step[:120], done=done, total=total, heartbeat_at=timezone.now())

    def note(self, result: dict[str, Any]) -> None:
        """Keep with the run what must be known of it even if it fails."""
        self._write(result=result)

    def end(self, state: Run.State, *, error: str = "", result: dict[str, Any] | None = None) -> None:
        """Close the run. Inside a transaction it is closed exactly when that commits."""
        values: dict[str, Any] = {"result": result} if result is not None else {}
        self._write(state=state, error=error, step="", finished_at=timezone.now(), token=None, **values)

    @contextlib.contextmanager
    def breathing(self) -> Iterator[None]:
        """While inside, a thread with its own database connection keeps the run's heartbeat young."""
        done = threading.Event()
        thread = threading.Thread(
            target=self._breathe, args=[done], name=f"heartbeat of run {self.run_id}", daemon=True
        )
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def _breathe(self, done: threading.Event) -> None:
        while not done.wait(settings.RUN_HEARTBEAT_EVERY):
            try:
                self.fence()
            except LeaseLost:
                return
            except Error:  # a busy or absent database: the next breath may succeed
                logger.warning("The heartbeat of run %s could not be written.", self.run_id, exc_info=True)
            finally:
                connection.close()


def claim(run_id: int) -> Lease | None:
    """Take a queued run. None if it is not queued any more, or another recompute of its workspace is running."""
    token, now = uuid.uuid4(), timezone.now()
    try:
        with transaction.atomic():
            taken = Run.objects.filter(pk=run_id, state=Run.State.QUEUED).update(
                state=Run.State.RUNNING,
                token=token,
                attempts=F("attempts") + 1,
                heartbeat_at=now,
                started_at=now,
                step="",
                done=0,
                total=0,
            )
    except IntegrityError:  # the constraint "one_recompute_runs"; this one is rung again when the other has ended
        return None
    return Lease(run_id, token) if taken else None
