"""Words for values: paths, expressions, transforms and types."""

from mapper.expr.catalogue import SUBJECTS, TRANSFORMS
from mapper.expr.expressions import Expression, ExpressionError, is_expression, parse_expression
from mapper.expr.paths import Path, PathError, parse_path
from mapper.expr.transform import Example, Transform
from mapper.expr.types import TYPES, Form, Type

__all__ = [
    "SUBJECTS",
    "TRANSFORMS",
    "TYPES",
    "Example",
    "Expression",
    "ExpressionError",
    "Form",
    "Path",
    "PathError",
    "Transform",
    "Type",
    "is_expression",
    "parse_expression",
    "parse_path",
]
