"""What a phone shows: the real server, a real browser, a bad line in between."""
