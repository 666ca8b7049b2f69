"""Wire faces that are found by themselves: each module here says in ``FACES`` which devices it has (see found.py)."""
