"""Ranking cell lines for groups of tumors, and calling their subtypes.

``AlignedRun(run)`` opens a finished run; ``rank_lines(aligned, group)`` ranks its lines.
"""
