"""What must hold when machines fail, people are impatient and somebody steals the disk (docs/decisions, security.md §4)."""
