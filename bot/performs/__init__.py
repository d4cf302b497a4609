"""Who performs which Look or Do, a file for each role; bot/turn.py has the one table of all of them."""
