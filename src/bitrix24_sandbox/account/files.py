"""Disks, folders and files. `n<id>` and chats use a file's object id."""

from pathlib import PurePath

from bitrix24_sandbox.account.records import Chat, DiskFile, Folder, Storage
from bitrix24_sandbox.account.world import World
from bitrix24_sandbox.errors import Refused


def add_file(
    world: World,
    by: int,
    name: str,
    content: bytes,
    folder_id: int | None = None,
    *,
    rename: bool = True,
) -> DiskFile:
    """Put a file into a folder, by default the user's own.

    A name that is already taken gets a number; without `rename` it is refused.
    """
    folder = folder_id or storage(world, "user", str(by)).root_id
    if folder not in world.folders:
        raise Refused("ERROR_NOT_FOUND", "Could not find entity with id")
    taken = {file.name for file in world.files.values() if file.folder_id == folder}
    if name in taken and not rename:
        raise Refused(
            "DISK_OBJ_22000", "A file or folder with this name already exists."
        )
    file = DiskFile(
        world.next_id("object"),
        world.next_id("file_row"),
        folder,
        _free_name(name, taken),
        content,
        by,
        world.now(),
    )
    world.files[file.id] = file
    return file


def storage(world: World, entity_type: str, entity_id: str) -> Storage:
    """Return the disk of a user, group, the company or the chats; make it if new."""
    for known in world.storages.values():
        if (known.entity_type, known.entity_id) == (entity_type, entity_id):
            return known
    made = Storage(world.next_id("storage"), entity_type, entity_id, "", 0)
    made.name = f"{entity_type.capitalize()} {entity_id}"
    made.root_id = add_folder(world, made, made.name).id
    world.storages[made.id] = made
    return made


def add_folder(world: World, disk: Storage, name: str, parent_id: int = 0) -> Folder:
    """Make a folder."""
    folder = Folder(world.next_id("object"), disk.id, name, parent_id)
    world.folders[folder.id] = folder
    return folder


def chat_folder(world: World, chat: Chat) -> Folder:
    """Return the folder of a chat; make it if need be."""
    if chat.folder_id is None:
        disk = storage(world, "common", "shared_files")
        folder = add_folder(world, disk, f"chat{chat.id}", disk.root_id)
        chat.folder_id = folder.id
    return world.folders[chat.folder_id]


def _free_name(name: str, taken: set[str]) -> str:
    path = PurePath(name)
    free, number = name, 1
    while free in taken:
        free = f"{path.stem} ({number}){path.suffix}"
        number += 1
    return free
