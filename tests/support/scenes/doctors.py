"""What the doctor says of a desk."""


def unwell(lines):
    """Return the lines that are not well; all of them are cut short where they fail."""
    return {name: said for name, said in lines.items() if said != "ok"}
