"""One plan of so many records; its figures as JSON."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from benchmarks.memory import plan

print(json.dumps(asdict(plan(int(sys.argv[1])))))
