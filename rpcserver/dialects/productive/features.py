"""What `meta` says of the organisation: features of the published API, as its examples print them, and no settings."""

from typing import Any

_METERED = {
    "custom_fields": 15,
    "custom_fields_per_project": 10,
    "public_custom_reports": 100,
    "private_custom_reports": 30,
    "scheduling_placeholders": 5,
}
_SWITCHES = (
    "multigrouping",
    "client_access_to_budgets",
    "subsidiaries",
    "time_approvals",
    "expenses_approvals",
    "timeoff_approvals",
    "autotracking",
    "forecasting",
    "webhooks",
    "table_pivoting",
    "formula_fields",
    "single_sign_on",
    "duplicate_tasks",
    "billable_time_rounding",
    "payment_sync",
    "booking_methods",
    "import_tasks_csv",
    "reactions",
    "time_week_view",
    "subtasks",
    "time_calendar_layout",
    "theming",
    "remove_branding",
    "custom_invoicing_email",
    "google_calendar_layout",
)

META: dict[str, Any] = {
    "organization_features": {
        **{name: {"type": "metered", "limit": limit, "used": 0} for name, limit in _METERED.items()},
        **{name: {"type": "switch", "available": True} for name in _SWITCHES},
    },
    "settings": {},
}
