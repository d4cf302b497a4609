"""The commission: people, approval, answers, and who may see what."""
