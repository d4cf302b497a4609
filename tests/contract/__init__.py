"""What every channel must do, asked of each in the same words, on recorded payloads."""
