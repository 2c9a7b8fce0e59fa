"""A mapping to functions for each side and each pair of sides, generated as straight-line Python."""

from mapper.compile.cells import Reference
from mapper.compile.compiler import CompiledMapping, CompiledSide, compile_mapping, fingerprint
from mapper.compile.plain import StopRun
from mapper.compile.prints import EMPTY
from mapper.compile.reading import Base
from mapper.compile.sides import SideContext

__all__ = [
    "EMPTY",
    "Base",
    "CompiledMapping",
    "CompiledSide",
    "Reference",
    "SideContext",
    "StopRun",
    "compile_mapping",
    "fingerprint",
]
