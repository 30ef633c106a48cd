"""Ranking cell lines for groups of tumors, and calling their subtypes."""
