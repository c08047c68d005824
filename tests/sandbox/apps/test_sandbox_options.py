"""app.option.* and user.option.*: what an application keeps in the account."""


async def test_application_options(guest):
    """Administrators set them, all may read; nothing is a list, missing is null."""
    guest.install()
    assert [] == await guest.result("app.option.get")

    assert await guest.result("app.option.set", options={"slug": "acme", "n": 1})
    assert await guest.result("app.option.set", options={"n": {"a": ["b"]}})

    assert {"slug": "acme", "n": {"a": ["b"]}} == await guest.result(
        "app.option.get", 2
    )
    assert "acme" == await guest.result("app.option.get", option="slug")
    assert await guest.result("app.option.get", option="other") is None


async def test_refused(guest):
    """Ordinary users and empty options are refused with names of classes."""
    guest.install()

    assert (400, "AccessException") == await guest.error(
        "app.option.set", 2, options={"a": 1}
    )
    assert (400, "ArgumentNullException") == await guest.error(
        "app.option.set", options={}
    )


async def test_user_options(guest):
    """Each user has options of his own."""
    guest.install()

    assert await guest.result("user.option.set", 2, options={"tab": "open"})

    assert {"tab": "open"} == await guest.result("user.option.get", 2)
    assert [] == await guest.result("user.option.get", 3)
