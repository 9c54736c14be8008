"""Text for LaTeX: nothing in it is a command, and no character of it stops pdfLaTeX."""

from __future__ import annotations

import unicodedata

_SYMBOLS = {  # by their commands in mathematics
    **{
        "\u221e": "infty",
        "\u2264": "leq",
        "\u2265": "geq",
        "\u2260": "neq",
        "\u2248": "approx",
        "\u2295": "oplus",
        "\u25ef": "bigcirc",
    },
    **{"\u03b1": "alpha", "\u03b2": "beta", "\u03b3": "gamma", "\u03b4": "delta", "\u03b5": "varepsilon", "\u03ba": "kappa"},
    **{
        "\u03bb": "lambda",
        "\u03bc": "mu",
        "\u03c1": "rho",
        "\u03c3": "sigma",
        "\u03c4": "tau",
        "\u03c6": "varphi",
        "\u03c7": "chi",
    },
}
_RAISED, _LOWERED = "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079", map(chr, range(0x2080, 0x208A))
_COMMANDS = {
    **{c: "\\" + c for c in "&%$#_{}"},
    **{"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"},
    **{"<": r"\textless{}", ">": r"\textgreater{}", "\n": r" \newline ", "\u2212": "$-$"},
    **{c: rf"$\{name}$" for c, name in _SYMBOLS.items()},
    **{c: rf"\textsuperscript{{{n}}}" for n, c in enumerate(_RAISED)},
    **{c: rf"\textsubscript{{{n}}}" for n, c in enumerate(_LOWERED)},
    **dict.fromkeys("\u2009\u202f", r"\,"),
}
# Beside these and ASCII, what pdfLaTeX prints with fontenc T1 and inputenc utf8 and no other package
_LETTERS = frozenset(map(chr, [*range(0xA0, 0x180), *range(0x218, 0x21C)])) - frozenset("ĦħĸĿŀŉŦŧſ")
_MARKS = frozenset(
    "\u2010\u2013\u2014\u2018\u2019\u201a\u201c\u201d\u201e\u2020\u2021\u2022\u2026\u2030\u2039\u203a\u20ac\u2122\u2190\u2192"
)
PRINTED = frozenset(map(chr, range(0x20, 0x7F))) | _LETTERS | _MARKS


def _character(c: str) -> str:
    if c in _COMMANDS:
        return _COMMANDS[c]
    if c in PRINTED:
        return c
    if unicodedata.category(c) == "Cf":  # marks of direction and of no width
        return ""
    return " " if c.isspace() else f"[U+{ord(c):04X}]"


def tex(text: str) -> str:
    r"""A text for LaTeX; a letter of a script that pdfLaTeX does not print stands as its number.

    >>> tex("50 % of A_1 \u2265 2")
    '50 \\% of A\\_1 $\\geq$ 2'
    """
    return "".join(map(_character, unicodedata.normalize("NFC", text)))
