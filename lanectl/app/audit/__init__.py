"""Audit of an archive of evidence bundles: each verified, judged again and compared, on all cores."""
