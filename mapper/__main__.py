"""`python -m mapper`: the same as the command `mapper`."""

from __future__ import annotations

from mapper.cli import main

if __name__ == "__main__":
    main(prog_name="mapper")
