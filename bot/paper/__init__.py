"""What is printed or drawn: charts of digests."""
