"""Names that stand in the column of studies and are none: totals, tests of heterogeneity, lines of pooled results."""

from __future__ import annotations

import re

_SUMS = re.compile(  # names that no study has
    r"\s*(sum|all|mean|average|gesamt|summe|insgesamt|somme|suma|soma|totale|totaux|σ|합계|총계|σύνολο|итого|всего|المجموع|الإجمالي)\W*"
    r"|.*(合计|总计|小计|合計|小計|總計).*",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"^\s*(sub-?\s?totals?|(grand |overall |pooled )?totals?|overall|pooled|summary|heterogeneity|test for|tau|i2\b|i\u00b2|"
    r"(fixed|random|common)[ -]effects? (model|estimate|meta-?analysis)|all studies|combined|(re|fe) model|meta-?analysis|"
    r"prediction interval|with estimated predictive interval|predictive interval|heterogeneity|"
    r"(d\+l|m-h|mh|i-v|iv|reml|dl|hksj) (overall|pooled|subtotal|sub-total|total|combined))(?=$|[\s:(,.=-])",
    re.IGNORECASE,
)
_MODEL = re.compile(  # whole names that only the lines of a pooled result have
    r"\s*(fixed|random|common)([ -]effects?)?( model)?\s*(\(?(95\s*%\s*ci|iv|i-v|mh|m-h|dl|d\+l|reml)\)?)?\s*|"
    r"\s*(subgroup|overall),\s*(dl|iv|mh|reml|pl|ivhet|hksj|fe|re)\b.*",
    re.IGNORECASE,
)


def is_total(name: str) -> bool:
    """Whether a name in the column of studies is that of a total, of a test below it, or of a pooled result."""
    return bool(_TOTAL.match(name) or _SUMS.fullmatch(name) or _MODEL.fullmatch(name))
