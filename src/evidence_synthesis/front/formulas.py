"""Formulas of moderators, such as ``~ year + C(kind)``: their columns, confined to a table's own and to known functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from evidence_synthesis.errors import UnknownName, UnusableInput

_SHAPES: tuple[str, ...] = (
    *("abs", "exp", "expm1", "log", "log10", "log1p", "log2"),
    *("maximum", "minimum", "round", "sign", "sqrt", "square"),
)
_OF_NUMPY = {name: getattr(np, name) for name in _SHAPES}  # written np.log(x) or log(x)
_OF_PATSY: tuple[str, ...] = (
    *("C", "Q", "I", "center", "standardize", "scale", "bs", "cr", "cc", "te"),
    *("Treatment", "Sum", "Helmert", "Diff", "Poly"),
)
FUNCTIONS: tuple[str, ...] = (*_OF_PATSY, *_SHAPES)
_PLAIN = (
    *(ast.Expression, ast.Constant, ast.Load, ast.keyword, ast.List, ast.Tuple, ast.Compare, ast.BinOp, ast.UnaryOp, ast.BoolOp),
    *(ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)


def _parts(node: ast.AST, code: str, columns: frozenset[str]) -> Iterator[str]:
    """The columns that a term names. Raises UnknownName, or UnusableInput, for what is neither a column nor a known function."""
    if isinstance(node, ast.Call):
        call, known = node.func, FUNCTIONS
        if isinstance(call, ast.Attribute) and isinstance(call.value, ast.Name) and call.value.id == "np":
            name, known = call.attr, _SHAPES
        elif isinstance(call, ast.Name):
            name = call.id
        else:
            raise UnusableInput(f"formula {code!r}", "functions are called by their names")
        if name not in known:
            raise UnknownName("function of the formula", name, known)
        if name == "Q":
            yield _quoted(node, code, columns)
            return
        for part in (*node.args, *node.keywords):
            yield from _parts(part, code, columns)
    elif isinstance(node, ast.Name):
        if node.id not in columns and node.id not in _OF_PATSY:
            raise UnknownName("variable of the formula", node.id, sorted(columns))
        yield node.id
    elif isinstance(node, _PLAIN):
        for child in ast.iter_child_nodes(node):
            yield from _parts(child, code, columns)
    else:
        raise UnusableInput(f"formula {code!r}", "columns, numbers, texts, known functions and arithmetic are understood")


def _quoted(call: ast.Call, code: str, columns: frozenset[str]) -> str:
    """The column that ``Q("its name")`` names."""
    name = call.args[0] if len(call.args) == 1 and not call.keywords else None
    if not isinstance(name, ast.Constant) or not isinstance(name.value, str):
        raise UnusableInput(f"formula {code!r}", 'a column whose name is no single word is written Q("its name")')
    if name.value not in columns:
        raise UnknownName("variable of the formula", name.value, sorted(columns))
    return name.value


def _described(formula: str, columns: frozenset[str]) -> tuple[Any, set[str]]:
    """A formula as patsy takes it apart (which runs none of it), and the columns that its terms name."""
    from patsy import EvalFactor, ModelDesc, PatsyError

    try:
        model = ModelDesc.from_formula(formula)
        named: set[str] = set()
        for term in (*model.lhs_termlist, *model.rhs_termlist):
            for factor in term.factors:
                if not isinstance(factor, EvalFactor):
                    raise UnusableInput(f"formula {formula!r}", f"{factor.name()} is not understood")
                named.update(_parts(ast.parse(factor.code, mode="eval"), factor.code, columns))
    except PatsyError as error:
        raise UnusableInput(f"formula {formula!r}", str(error).partition("\n")[0]) from error
    except (SyntaxError, RecursionError, MemoryError) as error:
        raise UnusableInput(f"formula {formula!r}", 'a column whose name is no single word is written Q("its name")') from error
    if model.lhs_termlist:
        raise UnusableInput(f"formula {formula!r}", "the effects are what is explained: begin with ~")
    return model, named


def design_of(formula: str, moderators: pd.DataFrame) -> Any:
    """The design matrix of a formula, as patsy gives it, without rows that lack a value.

    The language is R's as patsy has it, but only columns, numbers, texts and the functions in ``FUNCTIONS`` are known in it:
    nothing else of Python can be called. Raises UnknownName for other columns and functions, UnusableInput for what makes no
    design.

    >>> import pandas as pd
    >>> from evidence_synthesis.front.formulas import design_of
    >>> list(design_of("~ log(dose) + C(kind)", pd.DataFrame({"dose": [1, 2, 4], "kind": ["a", "b", "b"]})).columns)
    ['Intercept', 'C(kind)[T.b]', 'log(dose)']
    """
    from patsy import EvalEnvironment, PatsyError, dmatrix

    if not isinstance(formula, str):
        raise UnusableInput("formula", f"a text such as '~ year' is expected, not {type(formula).__name__}")
    model, named = _described(formula, frozenset(name for name in moderators if isinstance(name, str)))
    table = moderators.loc[:, [name in named for name in moderators]]
    if not table.columns.is_unique:
        raise UnusableInput(f"formula {formula!r}", f"two columns are called {table.columns[table.columns.duplicated()][0]}")
    empty = [str(name) for name in table if table[name].isna().all()]
    if empty:
        raise UnusableInput(f"formula {formula!r}", f"no study has a value of {', '.join(empty)}")
    environment = EvalEnvironment([{**_OF_NUMPY, "np": np}])
    try:
        with np.errstate(all="ignore"):  # the logarithm of a negative number is a value that is not there
            design = dmatrix(model, table, environment, NA_action="drop", return_type="dataframe")
    except PatsyError as error:
        raise UnusableInput(f"formula {formula!r}", str(error).partition("\n")[0]) from error
    if not np.isfinite(design.to_numpy(dtype=np.float64)).all():
        raise UnusableInput(f"formula {formula!r}", "a study has an infinite value (the logarithm of zero?)")
    return design


def rows_of(design_info: Any, data: pd.DataFrame) -> Any:
    """The rows that a formula's design has for other data. Raises UnusableInput for variables or values that are not there."""
    from patsy import PatsyError, dmatrix

    try:
        with np.errstate(all="ignore"):
            found = np.asarray(dmatrix(design_info, data, NA_action="raise"), dtype=np.float64)
    except (PatsyError, NameError) as error:
        cause = error if isinstance(error, NameError) else error.__cause__
        problem = f"no column {cause.name}" if isinstance(cause, NameError) else str(error).partition("\n")[0]
        raise UnusableInput("rows to predict", problem) from error
    if not np.isfinite(found).all():
        raise UnusableInput("rows to predict", "a value is missing or infinite")
    return found
