"""Files become values: the organisation, the items, the settings. Whatever is wrong is named by file, row and column."""

from pathlib import Path

SAMPLE = Path(__file__).parent / "sample"
"""What `lima init --sample` copies: a whole city, items marked 样例, and every setting explained."""
