"""Keeps records alike in several business systems."""
