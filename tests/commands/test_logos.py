"""A company's logo: in beside the settings, checked, and out again."""

import pytest
import pytest_asyncio

from ticket24.cli import connect as connecting
from ticket24.cli import logo_files
from ticket24.cli import settings as settling
from ticket24.cli.surroundings import Failure
from ticket24.domain.settings.model import AccountSettings
from ticket24.store.accounts.logos import RedisLogos

PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))
SVG = b'<?xml version="1.0"?>\n<!-- Acme -->\n<svg xmlns="http://www.w3.org/2000/svg"/>'
IMAGES = {
    "image/png": PNG,
    "image/jpeg": b"\xff\xd8\xff\xe0 and more",
    "image/gif": b"GIF89a and more",
    "image/webp": b"RIFF\n\x00\x00\x00WEBPVP8 ",
    "image/svg+xml": SVG,
}


@pytest.fixture
def desk(shared_desk, tmp_path):
    shared_desk.folder = tmp_path
    return shared_desk


@pytest_asyncio.fixture(loop_scope="module")
async def account(desk):
    """An account with a PNG as its logo."""
    (desk.folder / "acme.png").write_bytes(PNG)
    return await desk.connect(events=False, extra="logo = 'acme.png'\n")


async def logo_of(desk, account):
    return await RedisLogos(desk.stores.redis).get(account.id)


async def name_of(desk):
    return (await desk.stores.accounts.by_slug("acme")).settings.logo


async def import_(desk, logo, folder="."):
    """Import the settings as they are, but for the logo."""
    support, sales = desk.groups
    file = desk.folder / folder / "new.toml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(
        f"logo = '{logo}'\n[[departments]]\ngroup_id = {support}\n"
        f"[[departments]]\ngroup_id = {sales}\n"
    )
    await settling.import_(desk.settings, "acme", file, desk.pace)


async def test_connecting_brings_the_logo(desk, account):
    """It is kept with its type, and with a digest of its content."""
    logo = await logo_of(desk, account)

    assert ("image/png", PNG) == (logo.type, logo.content)
    assert "acme.png" == account.settings.logo


@pytest.mark.parametrize("type_", IMAGES)
def test_an_images_content_tells_its_type(tmp_path, type_):
    """However its file is called."""
    (tmp_path / "picture").write_bytes(IMAGES[type_])
    _, chosen = logo_files.read(AccountSettings(logo="picture"), tmp_path / "a.toml")

    assert (type_, IMAGES[type_]) == (chosen.logo.type, chosen.logo.content)


async def test_a_path_starts_at_the_settings(desk, account):
    """A folder up or down, or a path from the root; only the name is kept."""
    (desk.folder / "up.svg").write_bytes(SVG)
    await import_(desk, "../up.svg", folder="below")

    assert "up.svg" == await name_of(desk)

    await import_(desk, desk.folder / "acme.png")

    assert "acme.png" == await name_of(desk)
    assert PNG == (await logo_of(desk, account)).content


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        ("missing.png", None, "cannot be read: no such file"),
        ("..", None, "cannot be read: it is no file"),
        ("n" * 300, None, "cannot be read: File name too long"),
        ("empty.png", b"", "is empty"),
        ("large.png", PNG.ljust(512 * 1024 + 1), "is larger than 512 kB"),
        (
            "page.svg",
            b"<html><svg/></html>",
            "is not a PNG, JPEG, GIF, WebP or SVG image",
        ),
        ("plain.svg", b"<svg/>", "is not a PNG, JPEG, GIF, WebP or SVG image"),
        ("program.png", b"\x7fELF", "is not a PNG, JPEG, GIF, WebP or SVG image"),
    ],
)
def test_what_cannot_be_a_logo_is_refused(tmp_path, name, content, fault):
    """One line names the settings' file, the logo and what is wrong with it."""
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(Failure) as failure:
        logo_files.read(AccountSettings(logo=name), tmp_path / "a.toml", "old.png")

    assert f"{tmp_path}/a.toml: logo {name} {fault}" == failure.value.message


async def test_a_bad_logo_changes_nothing(desk, account):
    """Neither the logo nor any other line of the file is accepted."""
    (desk.folder / "new.png").write_bytes(b"")
    with pytest.raises(Failure, match=r"logo new\.png is empty"):
        await import_(desk, "new.png")

    assert account == await desk.stores.accounts.by_slug("acme")
    assert PNG == (await logo_of(desk, account)).content


async def test_a_bad_logo_connects_nothing(desk):
    """The line comes before Bitrix24 is asked for anything."""
    with pytest.raises(Failure, match=r"logo acme\.png cannot be read"):
        await desk.connect(extra="logo = 'acme.png'\n")

    assert [] == await desk.stores.accounts.all()
    assert [] == desk.world.log


def test_the_largest_logo_is_taken(tmp_path):
    """512 kB is the limit, not beyond it."""
    (tmp_path / "large.png").write_bytes(PNG.ljust(512 * 1024))
    _, chosen = logo_files.read(AccountSettings(logo="large.png"), tmp_path / "a.toml")

    assert 512 * 1024 == len(chosen.logo.content)


async def test_settings_travel_without_the_file(desk, account):
    """An unchanged name without a file keeps the logo that is there."""
    await import_(desk, "acme.png", folder="elsewhere")

    assert PNG == (await logo_of(desk, account)).content
    assert "acme.png" == await name_of(desk)


async def test_no_name_removes_the_logo(desk, account):
    """An empty line is a decision too."""
    await import_(desk, "")

    assert (None, "") == (await logo_of(desk, account), await name_of(desk))


async def test_a_new_workgroup_may_come_with_a_new_logo(desk, account):
    """All of a file counts, or none of it."""
    support, sales = desk.groups
    (desk.folder / "new.svg").write_bytes(SVG)
    file = desk.folder / "new.toml"
    file.write_text(f"departments = [{{group_id = {support}}}]")
    await settling.import_(desk.settings, "acme", file, desk.pace)
    file.write_text(f"logo = 'new.svg'\ndepartments = [{{group_id = {sales}}}]")
    await settling.import_(desk.settings, "acme", file, desk.pace)

    assert SVG == (await logo_of(desk, account)).content


async def test_an_export_brings_the_logo_along(desk, account, said):
    """Settings and logo lie side by side, and come in elsewhere as they went out."""
    folder = desk.folder / "out"
    folder.mkdir()
    said()
    for _ in range(2):  # The second time the same file is there.
        await settling.export(desk.settings, "acme", folder / "acme.toml")

    assert [
        f"Wrote {folder}/acme.toml.",
        f"Its logo is {folder}/acme.png.",
    ] * 2 == said()
    assert PNG == (folder / "acme.png").read_bytes()

    logo = await logo_of(desk, account)
    await desk.stores.accounts.remove(account)
    assert None is await logo_of(desk, account)

    await connecting.connect(
        *(desk.settings, "acme", desk.webhook_url, ["token"]),
        *(folder / "acme.toml", desk.pace),
    )
    again = await desk.stores.accounts.by_slug("acme")
    assert account.settings == again.settings
    assert logo == await logo_of(desk, again)


async def test_an_export_overwrites_no_other_image(desk, account):
    """If another file is where the logo would go, nothing is written."""
    folder = desk.folder / "out"
    folder.mkdir()
    (folder / "acme.png").write_bytes(SVG)
    with pytest.raises(Failure, match="is another file than the logo"):
        await settling.export(desk.settings, "acme", folder / "acme.toml")

    assert SVG == (folder / "acme.png").read_bytes()
    assert not (folder / "acme.toml").exists()


async def test_both_logos_go_out_and_come_back(desk, account):
    """Two files of one name in two folders become two files; one may go again."""
    (desk.folder / "dark").mkdir()
    (desk.folder / "dark/acme.png").write_bytes(IMAGES["image/gif"])
    support, sales = desk.groups
    rest = f"[[departments]]\ngroup_id = {support}\n[[departments]]\ngroup_id = {sales}"
    file = desk.folder / "new.toml"
    file.write_text(f"logo = 'acme.png'\ndark_logo = 'dark/acme.png'\n{rest}\n")
    out = desk.folder / "out"
    out.mkdir()

    await settling.import_(desk.settings, "acme", file, desk.pace)
    await settling.export(desk.settings, "acme", out / "acme.toml")
    await settling.import_(desk.settings, "acme", out / "acme.toml", desk.pace)
    settings = (await desk.stores.accounts.by_slug("acme")).settings
    dark = await desk.stores.dark_logos.get(account.id)
    file.write_text(f"logo = 'acme.png'\n{rest}\n")
    await settling.import_(desk.settings, "acme", file, desk.pace)

    assert PNG == (out / settings.logo).read_bytes()
    assert IMAGES["image/gif"] == (out / settings.dark_logo).read_bytes()
    assert IMAGES["image/gif"] == dark.content
    assert await desk.stores.dark_logos.get(account.id) is None
    assert PNG == (await logo_of(desk, account)).content
