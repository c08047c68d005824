"""Signing in and out, and returning to where one was."""
