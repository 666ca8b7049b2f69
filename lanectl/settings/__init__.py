"""The lane file, profiles and signed data: read once, whole and strictly."""
