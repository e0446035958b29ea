"""Autoencoders fitted together are those fitted alone."""
