"""What `Client.jobs` has beside the native operations."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

from aistudio._core import Job

if TYPE_CHECKING:
    from aistudio._core import Jobs


def follow(self: Jobs, job: Job | str, /, *, file: TextIO | None = None, offset: int = 0) -> Job:
    """Prints the log as it grows until the job has ended, and returns the job."""
    id = job.id if isinstance(job, Job) else job
    for chunk in self.follow_log(id, offset=offset):
        print(chunk.text, end="", file=file, flush=True)
    return self.wait(id)
