"""What must hold for whatever organisation there is and whatever people say."""
