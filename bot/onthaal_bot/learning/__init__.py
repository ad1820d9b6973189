"""Learns from the national collection how citizens and other municipalities name each kind of product."""
