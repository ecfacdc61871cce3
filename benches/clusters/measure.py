"""Runs a command and says in one line of JSON what it took: seconds on the clock, processor seconds of the
command and all that it started, its largest memory in KiB (all of it, and without what is mapped from files,
as the program itself is), and processor seconds of a server meanwhile.

    measure.py SERVER_PID|- OUTPUT_FILE COMMAND…
"""

import json
import os
import subprocess
import sys
import threading
import time


def used(pid):
    """Processor seconds of a process."""
    if pid == "-":
        return 0.0
    with open(f"/proc/{pid}/stat") as told:
        fields = told.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Own(threading.Thread):
    """The largest memory of a process that is no file's, looked at a hundred times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid, self.peak = pid, 0

    def run(self):
        while True:
            try:
                with open(f"/proc/{self.pid}/status") as told:
                    lines = [line for line in told if line.startswith("RssAnon:")]
            except OSError:
                return
            if not lines:
                return
            self.peak = max(self.peak, int(lines[0].split()[1]))
            time.sleep(0.01)


def main():
    server, output, *command = sys.argv[1:]
    before, began = used(server), time.monotonic()
    with open(output, "wb") as out, open(output + ".err", "wb") as trouble:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=trouble)
        own = Own(child.pid)
        own.start()
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    print(json.dumps({
        "code": os.waitstatus_to_exitcode(status), "wall": wall, "client": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss, "own": own.peak, "server": used(server) - before,
    }))


main()
