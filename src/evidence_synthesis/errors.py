"""Every error that the library raises on purpose, under one root: what was asked cannot be done, and the message says why.

Each error holds what it is about as attributes. Those that Python would call a ValueError or a LookupError are that, too.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


class EvidenceError(Exception):
    """The root of all errors of this library: catch it to catch each of them."""

    about: tuple[object, ...] = ()  # what a subclass was made from, where its message is not all of it

    def __reduce__(self) -> Any:
        """As errors travel between processes: made again from what they are about."""
        return (type(self), self.about) if self.about else super().__reduce__()


class UnknownName(EvidenceError, ValueError):
    """A name that stands for nothing here; ``what`` it should name, the ``name`` itself, and the ``known`` ones.

    >>> raise UnknownName("estimator", "relm", ["DL", "REML"])
    Traceback (most recent call last):
    evidence_synthesis.errors.UnknownName: unknown estimator 'relm' (REML?); known are DL, REML
    """

    def __init__(self, what: str, name: object, known: Iterable[object]) -> None:
        self.what, self.name, self.known = what, name, tuple(str(k) for k in known)
        self.about = self.what, self.name, self.known
        listed = f"known are {', '.join(self.known)}" if self.known else "there is none"
        super().__init__(f"unknown {what} {name!r}{self._perhaps()}; {listed}")

    def _perhaps(self) -> str:
        """The known name that is most like this one, if any is."""
        lower = {known.casefold(): known for known in self.known}
        near = get_close_matches(str(self.name).casefold(), lower, n=1)
        return f" ({lower[near[0]]}?)" if near else ""


class UnusableInput(EvidenceError, ValueError):
    """Numbers or columns that cannot be used as they are; ``where`` names the column or argument, ``problem`` what is wrong."""

    def __init__(self, where: str, problem: str) -> None:
        self.where, self.problem = self.about = where, problem
        super().__init__(f"{where}: {problem}" if where else problem)


class NotEnough(EvidenceError, ValueError):
    """Fewer studies than a method needs: ``method``, how many it ``needs``, how many there are (``found``)."""

    def __init__(self, method: str, needs: int, found: int) -> None:
        self.method, self.needs, self.found = self.about = method, needs, found
        super().__init__(f"{method} needs {needs} studies; there {'is' if found == 1 else 'are'} {found}")


def one_of(what: str, name: str, known: Iterable[str]) -> str:
    """The name, or UnknownName where it is not one of those that are known."""
    listed = tuple(known)
    if name not in listed:
        raise UnknownName(what, name, listed)
    return name
