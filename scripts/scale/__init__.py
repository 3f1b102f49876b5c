"""What installations of different sizes need: `python -m scripts.scale --write docs/scale.md`."""
