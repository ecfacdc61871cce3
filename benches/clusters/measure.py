"""Runs a command and says in one line of JSON what it took: seconds on the clock, processor seconds of the
command and all that it started, its largest memory in KiB, and processor seconds of a server meanwhile.

    measure.py SERVER_PID|- OUTPUT_FILE COMMAND…
"""

import json
import os
import subprocess
import sys
import time


def used(pid):
    """Processor seconds of a process."""
    if pid == "-":
        return 0.0
    with open(f"/proc/{pid}/stat") as told:
        fields = told.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def main():
    server, output, *command = sys.argv[1:]
    before, began = used(server), time.monotonic()
    with open(output, "wb") as out, open(output + ".err", "wb") as trouble:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=trouble)
        _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - began
    print(json.dumps({
        "code": os.waitstatus_to_exitcode(status), "wall": wall, "client": usage.ru_utime + usage.ru_stime,
        "peak": usage.ru_maxrss, "server": used(server) - before,
    }))


main()
