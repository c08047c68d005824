"""The staff pages: here a person plays the staff, in a browser.

They act on the account through the same functions as REST and the control API. Nothing
in a page comes from elsewhere, except what installed applications show in their frames.
Every form proves that it came from one of these pages. There is no sign-in: anybody who
can reach the sandbox may act as any user.
"""

from aiohttp import web

from bitrix24_sandbox.pages import apps as pages_apps
from bitrix24_sandbox.pages import card_tabs as pages_card_tabs
from bitrix24_sandbox.pages import companies as pages_companies
from bitrix24_sandbox.pages import contacts as pages_contacts
from bitrix24_sandbox.pages import events as pages_events
from bitrix24_sandbox.pages import frame as pages_frame
from bitrix24_sandbox.pages import frame_calls as pages_frame_calls
from bitrix24_sandbox.pages import guards as pages_guards
from bitrix24_sandbox.pages import notifications as pages_notifications
from bitrix24_sandbox.pages import paths as pages_paths
from bitrix24_sandbox.pages.static_files import static_file
from bitrix24_sandbox.pages.tasks import card as pages_card
from bitrix24_sandbox.pages.tasks import list as pages_list
from bitrix24_sandbox.pages.tasks import talk as pages_talk
from bitrix24_sandbox.pages.tasks import task_forms as pages_task_forms

_ACTION = f"/tasks/{{task:[0-9]{{1,15}}}}/{{action:{'|'.join(pages_card.ACTIONS)}}}"
_MESSAGE = (
    "/tasks/{task:[0-9]{1,15}}/messages/{source:chat|forum}/{message:[0-9]{1,15}}"
)
_APP = r"/apps/{app:[\w.-]{1,100}}"


def add_routes(app: web.Application) -> None:
    """Mount the pages at /staff/, and redirect / there."""
    site = web.Application()
    pages_guards.set_up(site)
    _add_tasks(site.router)
    _add_the_rest(site.router)
    _add_applications(site.router)
    pages_paths.add_routes(app.router)
    for path in ("/", "/staff"):
        app.router.add_get(path, _to_tasks)
    app.add_subapp("/staff/", site)


def _add_tasks(router: web.UrlDispatcher) -> None:
    router.add_get("/", pages_list.task_list)
    router.add_get("/tasks/new", pages_task_forms.new_task)
    router.add_post("/tasks/new", pages_task_forms.add_task)
    router.add_get("/tasks/{task:[0-9]{1,15}}", pages_card.task_card)
    router.add_get("/tasks/{task:[0-9]{1,15}}/conversation", pages_card.conversation)
    router.add_get(
        "/tasks/{task:[0-9]{1,15}}/files/{file:[0-9]{1,15}}", pages_talk.file
    )
    router.add_post("/tasks/{task:[0-9]{1,15}}/comments", pages_talk.add_comment)
    router.add_post("/tasks/{task:[0-9]{1,15}}/change", pages_task_forms.change)
    router.add_post("/tasks/{task:[0-9]{1,15}}/migrate", pages_card.migrate)
    router.add_post(_ACTION, pages_card.act)
    router.add_post(f"{_MESSAGE}/edit", pages_talk.edit_message)
    router.add_post(f"{_MESSAGE}/delete", pages_talk.delete_message)


def _add_the_rest(router: web.UrlDispatcher) -> None:
    router.add_get("/contacts", pages_contacts.contact_list)
    router.add_get("/contacts/new", pages_contacts.new_contact)
    router.add_post("/contacts/new", pages_contacts.add_contact)
    router.add_get("/contacts/{contact:[0-9]{1,15}}", pages_contacts.contact_card)
    router.add_post("/contacts/{contact:[0-9]{1,15}}", pages_contacts.save_contact)
    router.add_get(
        r"/contacts/{card:\d{1,15}}/tabs/{tab:\d{1,3}}", pages_card_tabs.contact_tab
    )
    router.add_get("/companies", pages_companies.company_list)
    router.add_get(r"/companies/{card:\d{1,15}}", pages_companies.company_card)
    router.add_post(
        r"/companies/{card:\d{1,15}}/contacts", pages_companies.link_contact
    )
    router.add_get(
        r"/companies/{card:\d{1,15}}/tabs/{tab:\d{1,3}}", pages_card_tabs.company_tab
    )
    router.add_get("/events", pages_events.event_list)
    router.add_post("/faults", pages_events.save_faults)
    router.add_get("/notifications", pages_notifications.notification_list)
    router.add_post("/acting", pages_guards.choose_staff)
    router.add_post("/language", pages_guards.choose_language)
    router.add_get("/static/{name}", static_file)


def _add_applications(router: web.UrlDispatcher) -> None:
    router.add_get("/apps", pages_apps.app_list)
    router.add_get("/apps/new", pages_apps.new_app)
    router.add_post("/apps/new", pages_apps.add_app)
    router.add_get(f"{_APP}/", pages_frame.app_page)
    router.add_get(f"{_APP}/about", pages_apps.about_app)
    router.add_post(f"{_APP}/install", pages_apps.install_app)
    router.add_post(f"{_APP}/delete", pages_apps.remove_app)
    router.add_post(f"{_APP}/frame", pages_frame_calls.answer_script)


async def _to_tasks(_request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/staff/")
