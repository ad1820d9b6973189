"""Measures the first line on questions with known answers, through the real bot."""
