"""Leaders' conversations: what is late, who is chased, what a digest says. Never the words of a report."""
