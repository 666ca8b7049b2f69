"""The one place that holds the version of lanectl."""

VERSION = "0.1.0"
