"""``python -m evidence_synthesis``."""

from evidence_synthesis.cli import main

if __name__ == "__main__":
    main()
