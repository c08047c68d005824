"""The settings of the company's calendar: hours, weekends, holidays."""

from collections.abc import Mapping

from bitrix24_sandbox.php import Json

# As the example of ar/calendar/calendar-settings-get.md.
CALENDAR: Mapping[str, Json] = {
    "work_time_start": "9",
    "work_time_end": "18.30",
    "year_holidays": "1.01,1.05,3.10,25.12,26.12",
    "year_workdays": "31.12",
    "week_holidays": ["SA", "SU"],
    "week_start": "MO",
    "user_name_template": "#NAME# #LAST_NAME#",
    "sync_by_push": False,
}
# What an extranet user gets.
OUTSIDE = ("work_time_start", "work_time_end")
