"""What every rule runs: the work of the script that it names, where one waits in a process that has the library loaded."""

import sys
from typing import TYPE_CHECKING, Any

from evidence_synthesis.storage.warm import hand_over

if TYPE_CHECKING:
    snakemake: Any

code = hand_over(snakemake)
if code is None:
    from _work import work

    code = work(snakemake)
sys.exit(code)
