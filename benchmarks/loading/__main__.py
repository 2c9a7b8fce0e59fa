"""Loads, checks and compiles a project's mapping once; prints the processor time of that, and of the imports for it.

The modules that are imported on the way come from stdin, so that they can be imported, and timed, beforehand.
"""

from __future__ import annotations

import json
import sys
import time
from importlib import import_module

names = json.load(sys.stdin)
started = time.process_time()
import_module("mapper.sync.project")
for name in names:
    import_module(name)
imported = time.process_time()

load = import_module("mapper").load
with load(sys.argv[1], env={}) as project:
    rows = len(project.compiled("company", live=False).rows)
loaded = time.process_time()
facts = {"import_ms": (imported - started) * 1000, "load_ms": (loaded - imported) * 1000, "rows": rows}
print(json.dumps({**facts, "modules": [name for name in sys.modules if not name.startswith(("__", "benchmarks"))]}))
