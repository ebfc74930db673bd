"""The whole API as one table: the path of every method, in the order in which the README lists them."""

from collections.abc import Mapping
from types import MappingProxyType

from methods import batch, login, logout, whoami
from methods.accounts_receivable import create as accounts_receivable_create
from methods.accounts_receivable import list as accounts_receivable_list
from methods.accounts_receivable import show as accounts_receivable_show
from methods.accounts_receivable import statement as accounts_receivable_statement
from methods.accounts_receivable import update as accounts_receivable_update
from methods.audit import list as audit_list
from methods.authentication.web_api_key import token as authentication_web_api_key_token
from methods.bills import create as bills_create
from methods.bills import list as bills_list
from methods.bills import show as bills_show
from methods.configuration.categories import create as configuration_categories_create
from methods.configuration.categories import list as configuration_categories_list
from methods.configuration.door_defaults import list as configuration_door_defaults_list
from methods.configuration.door_defaults import update as configuration_door_defaults_update
from methods.configuration.exchange_rates import create as configuration_exchange_rates_create
from methods.configuration.exchange_rates import list as configuration_exchange_rates_list
from methods.configuration.number_formats import list as configuration_number_formats_list
from methods.configuration.number_formats import update as configuration_number_formats_update
from methods.configuration.payment_methods import create as configuration_payment_methods_create
from methods.configuration.payment_methods import list as configuration_payment_methods_list
from methods.configuration.projects import create as configuration_projects_create
from methods.configuration.projects import list as configuration_projects_list
from methods.configuration.rejection_reasons import create as configuration_rejection_reasons_create
from methods.configuration.rejection_reasons import list as configuration_rejection_reasons_list
from methods.configuration.subsidiaries import create as configuration_subsidiaries_create
from methods.configuration.subsidiaries import list as configuration_subsidiaries_list
from methods.configuration.types import create as configuration_types_create
from methods.configuration.types import list as configuration_types_list
from methods.customers import create as customers_create
from methods.customers import list as customers_list
from methods.customers import show as customers_show
from methods.events import list as events_list
from methods.invoices import cancel as invoices_cancel
from methods.invoices import create as invoices_create
from methods.invoices import list as invoices_list
from methods.invoices import post as invoices_post
from methods.invoices import reject as invoices_reject
from methods.invoices import show as invoices_show
from methods.method import Method
from methods.payment_cancellations import list as payment_cancellations_list
from methods.payment_cancellations import show as payment_cancellations_show
from methods.payment_cancellations.configuration.types import list as payment_cancellations_configuration_types_list
from methods.payment_profiles import create as payment_profiles_create
from methods.payment_profiles import enable as payment_profiles_enable
from methods.payment_profiles import list as payment_profiles_list
from methods.payments import apply as payments_apply
from methods.payments import cancel as payments_cancel
from methods.payments import create as payments_create
from methods.payments import get_latest as payments_get_latest
from methods.payments import list as payments_list
from methods.payments import pay_bill as payments_pay_bill
from methods.payments import pay_invoice as payments_pay_invoice
from methods.payments import post as payments_post
from methods.payments import reject as payments_reject
from methods.payments import release as payments_release
from methods.payments import show as payments_show
from methods.payments import update as payments_update
from methods.payments.configuration.categories import list as payments_configuration_categories_list
from methods.payments.configuration.payment_methods import list as payments_configuration_payment_methods_list
from methods.payments.configuration.rejection_reasons import list as payments_configuration_rejection_reasons_list
from methods.payments.configuration.types import list as payments_configuration_types_list
from methods.units import create as units_create
from methods.units import list as units_list
from methods.users import change_password as users_change_password
from methods.users import create as users_create
from methods.users import disable as users_disable
from methods.users import list as users_list
from methods.users import show as users_show
from methods.webhooks import create as webhooks_create
from methods.webhooks import disable as webhooks_disable
from methods.webhooks import enable as webhooks_enable
from methods.webhooks import list as webhooks_list
from methods.webhooks import rotate_secret as webhooks_rotate_secret
from methods.webhooks import show as webhooks_show
from methods.webhooks import update as webhooks_update
from methods.webhooks.deliveries import list as webhooks_deliveries_list

METHODS: Mapping[str, Method] = MappingProxyType(
    {
        "login": login.METHOD,
        "authentication/token": login.METHOD,
        "logout": logout.METHOD,
        "authentication/token/release": logout.METHOD,
        "whoami": whoami.METHOD,
        "batch": batch.METHOD,
        "authentication/web_api_key/token": authentication_web_api_key_token.METHOD,
        "payments/show": payments_show.METHOD,
        "payments/list": payments_list.METHOD,
        "payments/get_latest": payments_get_latest.METHOD,
        "payments/create": payments_create.METHOD,
        "payments/update": payments_update.METHOD,
        "payments/pay_invoice": payments_pay_invoice.METHOD,
        "payments/pay_bill": payments_pay_bill.METHOD,
        "payments/post": payments_post.METHOD,
        "payments/reject": payments_reject.METHOD,
        "payments/apply": payments_apply.METHOD,
        "payments/release": payments_release.METHOD,
        "payments/cancel": payments_cancel.METHOD,
        "payments/configuration/types/list": payments_configuration_types_list.METHOD,
        "payments/configuration/categories/list": payments_configuration_categories_list.METHOD,
        "payments/configuration/payment_methods/list": payments_configuration_payment_methods_list.METHOD,
        "payments/configuration/rejection_reasons/list": payments_configuration_rejection_reasons_list.METHOD,
        "payment_cancellations/show": payment_cancellations_show.METHOD,
        "payment_cancellations/list": payment_cancellations_list.METHOD,
        "payment_cancellations/configuration/types/list": payment_cancellations_configuration_types_list.METHOD,
        "payment_profiles/create": payment_profiles_create.METHOD,
        "payment_profiles/list": payment_profiles_list.METHOD,
        "payment_profiles/enable": payment_profiles_enable.METHOD,
        "customers/create": customers_create.METHOD,
        "customers/show": customers_show.METHOD,
        "customers/list": customers_list.METHOD,
        "accounts_receivable/create": accounts_receivable_create.METHOD,
        "accounts_receivable/update": accounts_receivable_update.METHOD,
        "accounts_receivable/show": accounts_receivable_show.METHOD,
        "accounts_receivable/list": accounts_receivable_list.METHOD,
        "accounts_receivable/statement": accounts_receivable_statement.METHOD,
        "invoices/create": invoices_create.METHOD,
        "invoices/show": invoices_show.METHOD,
        "invoices/list": invoices_list.METHOD,
        "invoices/post": invoices_post.METHOD,
        "invoices/reject": invoices_reject.METHOD,
        "invoices/cancel": invoices_cancel.METHOD,
        "bills/create": bills_create.METHOD,
        "bills/show": bills_show.METHOD,
        "bills/list": bills_list.METHOD,
        "configuration/types/create": configuration_types_create.METHOD,
        "configuration/types/list": configuration_types_list.METHOD,
        "configuration/categories/create": configuration_categories_create.METHOD,
        "configuration/categories/list": configuration_categories_list.METHOD,
        "configuration/payment_methods/create": configuration_payment_methods_create.METHOD,
        "configuration/payment_methods/list": configuration_payment_methods_list.METHOD,
        "configuration/rejection_reasons/create": configuration_rejection_reasons_create.METHOD,
        "configuration/rejection_reasons/list": configuration_rejection_reasons_list.METHOD,
        "configuration/projects/create": configuration_projects_create.METHOD,
        "configuration/projects/list": configuration_projects_list.METHOD,
        "configuration/subsidiaries/create": configuration_subsidiaries_create.METHOD,
        "configuration/subsidiaries/list": configuration_subsidiaries_list.METHOD,
        "configuration/exchange_rates/create": configuration_exchange_rates_create.METHOD,
        "configuration/exchange_rates/list": configuration_exchange_rates_list.METHOD,
        "configuration/number_formats/list": configuration_number_formats_list.METHOD,
        "configuration/number_formats/update": configuration_number_formats_update.METHOD,
        "configuration/door_defaults/list": configuration_door_defaults_list.METHOD,
        "configuration/door_defaults/update": configuration_door_defaults_update.METHOD,
        "users/create": users_create.METHOD,
        "users/show": users_show.METHOD,
        "users/list": users_list.METHOD,
        "users/disable": users_disable.METHOD,
        "users/change_password": users_change_password.METHOD,
        "units/create": units_create.METHOD,
        "units/list": units_list.METHOD,
        "audit/list": audit_list.METHOD,
        "events/list": events_list.METHOD,
        "webhooks/create": webhooks_create.METHOD,
        "webhooks/show": webhooks_show.METHOD,
        "webhooks/list": webhooks_list.METHOD,
        "webhooks/update": webhooks_update.METHOD,
        "webhooks/rotate_secret": webhooks_rotate_secret.METHOD,
        "webhooks/disable": webhooks_disable.METHOD,
        "webhooks/enable": webhooks_enable.METHOD,
        "webhooks/deliveries/list": webhooks_deliveries_list.METHOD,
    }
)
