"""What each Bitrix24 event means to us: one small module per event.

This is the table of contents of everything Bitrix24 can tell us. A handler says what to
look at and does nothing else; README.md shows how to add one.
"""

from handlers import (
    on_app_uninstall,
    on_crm_contact_add,
    on_crm_contact_delete,
    on_crm_contact_update,
    on_task_add,
    on_task_comment_add,
    on_task_comment_delete,
    on_task_comment_update,
    on_task_delete,
    on_task_update,
)
from ticket24.routing import Router

# Events that a company may well have switched on and that mean nothing to us.
IGNORED = (
    "ONAPPTEST",
    "ONAPPUPDATE",
    "ONCRMCOMPANYADD",
    "ONCRMCOMPANYDELETE",
    "ONCRMCOMPANYUPDATE",
    "ONCRMDEALADD",
    "ONCRMDEALDELETE",
    "ONCRMDEALUPDATE",
)

router = Router(
    on_task_add.router,
    on_task_update.router,
    on_task_delete.router,
    on_task_comment_add.router,
    on_task_comment_update.router,
    on_task_comment_delete.router,
    on_crm_contact_add.router,
    on_crm_contact_update.router,
    on_crm_contact_delete.router,
    on_app_uninstall.router,
    ignored=IGNORED,
)
