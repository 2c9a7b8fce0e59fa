"""A mapping to functions for each side and each pair of sides, generated as straight-line Python."""

from mapper.compile.cells import Reference
from mapper.compile.compiledside import CompiledSide
from mapper.compile.compiler import CompiledMapping, compile_mapping, natives
from mapper.compile.plain import StopRun
from mapper.compile.prints import EMPTY
from mapper.compile.reading import Base
from mapper.compile.sides import Native, SideContext
from mapper.compile.similar import Similar

__all__ = [
    "EMPTY",
    "Base",
    "CompiledMapping",
    "CompiledSide",
    "Native",
    "Reference",
    "SideContext",
    "Similar",
    "StopRun",
    "compile_mapping",
    "natives",
]
