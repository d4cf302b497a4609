"""Conversations of those who answer for a department, and of the county's desk that says yes to what becomes public."""
