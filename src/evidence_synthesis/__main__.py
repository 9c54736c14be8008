"""``python -m evidence_synthesis``."""

from evidence_synthesis.cli import main

main()
