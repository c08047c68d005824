"""What a script that sent a form is told; a browser alone gets pages instead.

Every answer names the form that it is about. Whatever else answers in our place, a
proxy or a hotel's network, cannot: so a script takes nothing else for an answer.
"""

from aiohttp import web

from ticket24.portal.forms.form import Form


def taken(form_id: str, where: str) -> web.Response:
    """Say that we have what was sent, and where it is shown."""
    return web.json_response({"form_id": form_id, "taken": where})


def refused(form: Form, status: int) -> web.Response:
    """Say what is wrong with a form, or what we ask before it is sent."""
    return web.json_response(
        {
            "form_id": form.form_id,
            "faults": list(form.faults),
            "asked": form.asked,
            "uploads": [upload.id for upload in form.uploads],
        },
        status=status,
    )
