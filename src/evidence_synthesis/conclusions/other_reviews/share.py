"""The share of what reviews pool that is in the data; the report needs it without what judges statements."""

from __future__ import annotations

import math
from collections.abc import Sequence

from evidence_synthesis.synthesis.rows.other_reviews import Coverage


def share_covered(rows: Sequence[Coverage]) -> float:
    """The share of what reviews pool that is in the data: the sum over questions of the lesser number by that of theirs.

    Between 0 and 1; NaN without questions. Trials count once for each question, as reviews count them.
    """
    theirs = math.fsum(row.theirs for row in rows)
    return math.fsum(row.covered for row in rows) / theirs if theirs else math.nan
