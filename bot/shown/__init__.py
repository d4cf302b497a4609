"""What marks in a reply become for those who may see it; bot/render.py asks."""
