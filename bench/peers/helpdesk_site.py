"""The peer django-helpdesk: its pages, templates and defaults, on SQLite.

Runs in an interpreter that has it, on a folder with `tickets.json`:
`python helpdesk_site.py FOLDER` makes the database and prints what to ask for as JSON;
`helpdesk_site:application` serves it.
"""

import json
import os
import sys
from datetime import timedelta
from pathlib import Path

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application

HERE = Path(sys.argv[1] if __name__ == "__main__" else ".").absolute()

# As its installation guide has them, but for production.
settings.configure(
    SECRET_KEY="for an hour on 127.0.0.1",
    DEBUG=False,
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=[
        "django.contrib.admin",
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.sessions",
        "django.contrib.messages",
        "django.contrib.staticfiles",
        "django.contrib.sites",
        "django.contrib.humanize",
        "rest_framework",
        "helpdesk",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware",
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware",
        "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
        "django.contrib.messages.middleware.MessageMiddleware",
        "django.middleware.clickjacking.XFrameOptionsMiddleware",
    ],
    ROOT_URLCONF=__name__,
    TEMPLATES=[
        {
            "BACKEND": "django.template.backends.django.DjangoTemplates",
            "APP_DIRS": True,
            "OPTIONS": {
                "context_processors": [
                    "django.template.context_processors.request",
                    "django.contrib.auth.context_processors.auth",
                    "django.contrib.messages.context_processors.messages",
                ]
            },
        }
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": HERE / "helpdesk.sqlite3",
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    # Its guide turns it off without pinax-teams; its pages have less work then.
    HELPDESK_TEAMS_MODE_ENABLED=False,
    HELPDESK_VIEW_A_TICKET_PUBLIC=True,
    LANGUAGE_CODE="en-us",
    LOGIN_URL="helpdesk:login",
    MEDIA_ROOT=HERE / "media",
    SITE_ID=1,
    STATIC_URL="/static/",
    TIME_ZONE="UTC",
    USE_TZ=True,
)
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402  Only after the settings.
from django.contrib.auth.models import User  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import transaction  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.utils import timezone  # noqa: E402

urlpatterns = [path("", include("helpdesk.urls"))]
application = get_wsgi_application()


def fill() -> dict[str, str]:
    """Make the database; return the cookie and what names the first ticket."""
    from helpdesk.models import FollowUp, Queue, Ticket  # noqa: PLC0415  Needs the settings.

    call_command("migrate", verbosity=0)
    staff = User.objects.create_superuser("staff", "staff@example.com", "secret")
    staff.first_name, staff.last_name = "Sabine", "Staff"
    staff.save()
    customer = "customer@example.com"
    queue = Queue.objects.create(title="Support", slug="support")
    first, said = None, []
    with transaction.atomic():
        for number, one in enumerate(json.loads((HERE / "tickets.json").read_text())):
            began = timezone.now() - timedelta(days=number + 30)
            ticket = Ticket.objects.create(
                title=one["subject"],
                queue=queue,
                description=one["text"],
                submitter_email=customer,
                assigned_to=staff,
            )
            for place, message in enumerate(one["messages"]):
                said.append(
                    FollowUp(
                        ticket=ticket,
                        title="Comment",
                        comment=message["text"],
                        date=began + timedelta(hours=place + 1),
                        public=True,
                        user=None if message["by_customer"] else staff,
                    )
                )
            first = first or ticket
        FollowUp.objects.bulk_create(said, batch_size=1_000)
    return {
        "cookie": f"sessionid={_signed_in(staff)}",
        "email": customer,
        "ticket": first.ticket_for_url if first else "",
        "key": first.secret_key if first else "",
    }


def _signed_in(user: User) -> str:
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return str(session.session_key)


if __name__ == "__main__":
    os.umask(0o077)
    sys.stdout.write(json.dumps(fill()))
