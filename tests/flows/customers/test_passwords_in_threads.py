"""Hashes of passwords are made in threads that step back, where they may."""

import asyncio
import importlib.util
import os

from argon2 import PasswordHasher


def anew(name):
    """Load a module a second time, with threads that have not started yet."""
    spec = importlib.util.find_spec(name)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_passwords_are_checked_where_priorities_are_forbidden(monkeypatch):
    """A unit or a container may deny that call: customers sign in all the same."""

    def refuse(*_):
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "setpriority", refuse)
    checks = anew("ticket24.flows.customers.passwords").Passwords(logins=None)
    kept = PasswordHasher(parallelism=1).hash("UF_X\0right")

    assert {43} == asyncio.run(checks.fitting("UF_X", {43: kept}, "right"))
