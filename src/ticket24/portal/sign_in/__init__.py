"""Signing in and out, and going on where one was."""
