"""Constant parts of answers that do not matter here.

Clients meet them as in the recordings of a real account.
"""

from bitrix24_sandbox.php import Json, Nothing

TASK_ACTIONS: dict[str, Json] = {
    "create": True,
    "addFavorite": True,
    "deleteFavorite": False,
    "edit.originator": False,
    "checklist.reorder": True,
    "elapsedtime.add": True,
    "dayplan.timer.toggle": False,
    "edit.plan": True,
    "checklist.add": True,
    "favorite.add": True,
    "favorite.delete": False,
}

# For a task that is shown with all of its fields.
WHOLE_TASK: dict[str, Json] = {
    "checklist": [],
    "newCommentsCount": 0,
    "checkListTree": {
        "nodeId": 0,
        "fields": {
            "id": None,
            "copiedId": None,
            "entityId": None,
            "userId": 1,
            "createdBy": None,
            "parentId": None,
            "title": "",
            "sortIndex": None,
            "displaySortIndex": "",
            "isComplete": False,
            "isImportant": False,
            "completedCount": 0,
            "members": [],
            "attachments": [],
            "nodeId": None,
        },
        "action": [],
        "descendants": [],
    },
    "checkListCanAdd": True,
}

CHAT_USER: dict[str, Json] = {
    "color": "#df532d",
    "avatar_hr": "",
    "gender": "M",
    "birthday": "",
    "network": False,
    "status": "online",
    "idle": False,
    "last_activity_date": "2026-11-01T09:00:00+03:00",
    "mobile_last_date": False,
    "desktop_last_date": False,
    "absent": False,
    "phones": False,
    "bot_data": None,
    "website": "",
}

FOUND_MESSAGE: dict[str, Json] = {"block": None, "viewed": True, "viewedCount": 0}
SEARCH: dict[str, Json] = {"copilot": None, "stickers": [], "usersShort": []}

USER: dict[str, Json] = {
    "LAST_LOGIN": "2026-11-01T08:00:00+00:00",
    "DATE_REGISTER": "2024-02-10T00:00:00+00:00",
    "TIMESTAMP_X": Nothing(),
    "PERSONAL_GENDER": "",
    "PERSONAL_BIRTHDAY": "",
    "UF_EMPLOYMENT_DATE": "",
}
# It has dates in two more spellings, and no type of user.
CURRENT_USER: dict[str, Json] = {
    "XML_ID": "53810000",
    "TIMESTAMP_X": "01.11.2026 12:43:23",
    "LAST_ACTIVITY_DATE": "2026-11-01 12:33:56",
}

GROUP: dict[str, Json] = {
    "DATE_CREATE": "2026-03-19T15:01:27+02:00",
    "DATE_UPDATE": "2026-03-19T15:01:27+02:00",
    "DATE_ACTIVITY": "2026-03-19T15:01:27+02:00",
    "KEYWORDS": None,
    "SUBJECT_NAME": "Workgroups",
}

USERFIELD: dict[str, Json] = {"IS_SEARCHABLE": "N"}
LABELLED: dict[str, Json] = {"ERROR_MESSAGE": None, "HELP_MESSAGE": None}

CONTACT: dict[str, Json] = {
    "HONORIFIC": None,
    "PHOTO": None,
    "LEAD_ID": None,
    "TYPE_ID": "CLIENT",
    "SOURCE_ID": "WEB",
    "SOURCE_DESCRIPTION": None,
    "BIRTHDATE": "",
    "EXPORT": "Y",
    "HAS_IMOL": "N",
    "ORIGINATOR_ID": None,
    "ORIGIN_ID": None,
    "ORIGIN_VERSION": None,
    "FACE_ID": None,
    "LAST_ACTIVITY_TIME": "2026-11-01T09:00:00+03:00",
    "LAST_ACTIVITY_BY": "1",
    **dict.fromkeys(("ADDRESS", "ADDRESS_2", "ADDRESS_LOC_ADDR_ID")),
    **{
        f"ADDRESS_{part}": None
        for part in ("CITY", "POSTAL_CODE", "REGION", "PROVINCE", "COUNTRY")
    },
    **{
        f"UTM_{part}": None
        for part in ("SOURCE", "MEDIUM", "CAMPAIGN", "CONTENT", "TERM")
    },
}
