"""Runs a command with its output in a file; prints its times in seconds and its peak resident memory in MiB."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

output, *command = sys.argv[1:]
started = time.perf_counter()
with open(output, "wb") as stream:
    process = subprocess.Popen(command, stdout=stream)
    _, status, usage = os.wait4(process.pid, 0)
seconds = time.perf_counter() - started
if status:
    sys.exit(f"the command ended with {os.waitstatus_to_exitcode(status)}")
mib = usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
print(json.dumps({"seconds": seconds, "processor": usage.ru_utime + usage.ru_stime, "mib": mib}))
