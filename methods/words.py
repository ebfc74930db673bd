"""The ledger's words for what a refusal is about, as the parameters of the native methods are called."""

from collections.abc import Mapping
from types import MappingProxyType

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "account": "accounts_receivable_identifier",
        "customer": "customer_identifier",
        "payment": "payment_identifier",
        "cancellation": "payment_cancellation_identifier",
        "type": "type_identifier",
        "category": "category_identifier",
        "method": "payment_method_identifier",
        "reason": "rejection_reason_identifier",
        "invoice": "invoice_identifier",
        "bill": "bill_identifier",
        "user": "user_identifier",
        "unit": "unit_identifier",
        "currency": "currency_identifier",
        "profile": "payment_profile_identifier",
        "project": "project_identifier",
        "subsidiary": "subsidiary_identifier",
        "webhook": "webhook_identifier",
        "types": "types_set",
        "intended_currency": "intended_currency_identifier",
        "received_by_user": "received_by_user_identifier",
        "received_by_unit": "received_by_unit_identifier",
        "amount": "payment_amount",
        "invoices": "invoices_to_pay_set",
        "bills": "bills_to_pay_set",
        "customers": "customers_set",
        "categories": "categories_set",
        "methods": "payment_methods_set",
        "reasons": "rejection_reasons_set",
        "parent": "parent_identifier",
        "payment_type": "payment_type_identifier",
        "cancellation_type": "cancellation_type_identifier",
        "write_off_type": "write_off_type_identifier",
    }
)


def parameter(word: str, overrides: Mapping[str, str]) -> str:
    """The parameter that a ledger word means, a position kept: `invoices[2]` is `invoices_to_pay_set[2]`."""
    ends = [end for end in (word.find("["), word.find(".")) if end >= 0]
    head = word[: min(ends)] if ends else word
    return overrides.get(head, WORDS.get(head, head)) + word[len(head) :]
