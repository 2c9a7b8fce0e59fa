"""A mapping to two functions for each side, generated as straight-line Python."""

from mapper.compile.compiler import EMPTY, Base, CompiledMapping, CompiledSide, compile_mapping, fingerprint
from mapper.compile.generate import StopRun
from mapper.compile.sides import SideContext

__all__ = [
    "EMPTY",
    "Base",
    "CompiledMapping",
    "CompiledSide",
    "SideContext",
    "StopRun",
    "compile_mapping",
    "fingerprint",
]
