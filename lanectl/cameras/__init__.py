"""Cameras: pictures are decoded in child processes, judged here, and told to lane, screen and bureau."""
