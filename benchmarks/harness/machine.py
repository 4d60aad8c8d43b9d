"""What the numbers were taken on, and how quiet it was."""

import os
import pathlib
import platform
import time


def _field(path, name):
    try:
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                if line.startswith(name):
                    return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return "not known"


def describe():
    memory = _field("/proc/meminfo", "MemTotal").split()[0]
    return [
        ("processor", _field("/proc/cpuinfo", "model name")),
        ("processors", str(os.cpu_count())),
        ("memory", f"{int(memory) // 1048576} GiB" if memory.isdigit() else memory),
        ("kernel", f"{platform.system()} {platform.release()}"),
        ("C library", " ".join(platform.libc_ver())),
    ]


def _ticks():
    """Busy, stolen and all ticks of all processors since boot."""
    with open("/proc/stat", encoding="utf-8") as lines:
        user, nice, system, idle, wait, irq, soft, steal = map(int, lines.readline().split()[1:9])
    busy = user + nice + system + irq + soft
    return busy, steal, busy + steal + idle + wait


class Quietness:
    """Shares of the machine's time, percent."""

    def __init__(self, seconds=2.0):
        """Looks for `seconds` at what others use; we use nothing meanwhile."""
        before = _ticks()
        time.sleep(seconds)
        self._start = _ticks()
        self.busy_before = self._percent(0, before, self._start)

    @staticmethod
    def _percent(which, before, after):
        return 100 * (after[which] - before[which]) / max(1, after[2] - before[2])

    def stolen(self):
        """By other virtual machines, since the look."""
        return self._percent(1, self._start, _ticks())

    def sentence(self):
        quiet = self.busy_before < 5 and self.stolen() < 2
        return (
            f"Before the run other programs used {self.busy_before:.0f} % of the machine; during it "
            f"{self.stolen():.1f} % of the time was stolen by other virtual machines"
            + ("." if quiet else ": **not a quiet machine, take the numbers with care**.")
        )


def write_report(name, title, table, about, quiet):
    """A table and what it was taken on, as benchmarks/`name`."""
    about_machine = "\n".join(f"- {field}: {value}" for field, value in describe())
    (pathlib.Path(__file__).parents[1] / name).write_text(
        f"# {title}\n\n{table}\n\n{about} {quiet.sentence()}\n\n{about_machine}\n", encoding="utf-8"
    )
