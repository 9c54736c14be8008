"""Elementary functions of a number or of an array, so that a formula is written once for one study and for ten thousand.

A plain number gives a plain number, by the C library and to its last digit; an array gives an array of its shape, NaN where
there is no value.
"""

from __future__ import annotations

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, ndtri, stdtrit

Array = NDArray[np.float64]
Number = TypeVar("Number", float, Array)


def log(x: Number) -> Number:
    """Natural logarithm."""
    if isinstance(x, np.ndarray):
        return np.asarray(np.log(x))
    return math.log(x)


def exp(x: Number) -> Number:
    """Exponential."""
    if isinstance(x, np.ndarray):
        return np.asarray(np.exp(x))
    return math.exp(x)


def sqrt(x: Number) -> Number:
    """Square root."""
    if isinstance(x, np.ndarray):
        return np.asarray(np.sqrt(x))
    return math.sqrt(x)


def power(x: Number, exponent: float) -> Number:
    """A number above zero to a power."""
    if isinstance(x, np.ndarray):
        return np.asarray(x**exponent)
    return math.pow(x, exponent)


def log_gamma(x: Number) -> Number:
    """Logarithm of the gamma function."""
    if isinstance(x, np.ndarray):
        return np.asarray(gammaln(x))
    return float(gammaln(x))


def normal_quantile(probability: Number) -> Number:
    """Quantile of the normal distribution."""
    if isinstance(probability, np.ndarray):
        return np.asarray(ndtri(probability))
    return float(ndtri(probability))


def t_quantile(df: Number, probability: Number) -> Number:
    """Quantile of Student's t distribution."""
    if isinstance(df, np.ndarray):
        return np.asarray(stdtrit(df, probability))
    return float(stdtrit(df, probability))
