"""Officers' conversations: what is in the inbox, one case, and what is done with it. Never the words of a report."""
