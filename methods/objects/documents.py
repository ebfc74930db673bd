"""Payments, invoices, bills and cancellations, as they are answered."""

from methods.objects.accounts import AccountShort, ProfileShort
from methods.objects.configuration import (
    CategoryShort,
    CurrencyShape,
    MethodShort,
    ProjectShape,
    ReasonShort,
    SubsidiaryShape,
    TypeShort,
)
from methods.objects.people import LogInformation, UnitShape, UserShort
from methods.shape import Date, Id, Number, Shape


class UdfShape(Shape):
    """The sixteen user-defined fields."""

    udf_string_1: str | None
    udf_string_2: str | None
    udf_string_3: str | None
    udf_string_4: str | None
    udf_string_5: str | None
    udf_string_6: str | None
    udf_string_7: str | None
    udf_string_8: str | None
    udf_float_1: float | None
    udf_float_2: float | None
    udf_float_3: float | None
    udf_float_4: float | None
    udf_date_1: Date | None
    udf_date_2: Date | None
    udf_date_3: Date | None
    udf_date_4: Date | None


class PaymentShort(Shape):
    """The seven members that the published examples of the writing methods print."""

    id: Id
    number: str | None
    reference_number: str
    life_cycle_state: str
    issued_on: Date
    posted_on: Date | None
    payment_amount: Number


class InvoiceShort(Shape):
    """`unsettled_amount` is what is unpaid, `outstanding_amount` what of it is overdue."""

    id: Id
    number: str | None
    reference_number: str
    life_cycle_state: str
    issued_on: Date
    posted_on: Date | None
    due_on: Date | None
    total_amount: Number
    outstanding_amount: Number
    unsettled_amount: Number


class BillShort(Shape):
    id: Id
    number: str
    life_cycle_state: str
    from_date: Date | None
    to_date: Date | None
    due_date: Date | None
    total_billed_amount: Number
    total_amount_to_be_paid: Number
    bill_status: str
    currency: CurrencyShape


class PaymentCancellationShort(Shape):
    id: Id
    number: str
    reference_number: str
    life_cycle_state: str
    issued_on: Date
    posted_on: Date
    payment_amount: Number


class PaymentCancelled(PaymentCancellationShort):
    """A new cancellation with the payment that it cancelled."""

    payment: PaymentShort


class InvoiceCancellationShort(Shape):
    id: Id
    number: str
    reference_number: str
    life_cycle_state: str
    issued_on: Date
    posted_on: Date
    total_amount: Number


class InvoiceCancelled(InvoiceCancellationShort):
    """A new cancellation with the invoice that it cancelled."""

    invoice: InvoiceShort


class DocumentName(Shape):
    """A payment or an invoice by its names alone."""

    id: Id
    number: str | None
    reference_number: str


class AllocatedToInvoice(Shape):
    """Money of a payment on an invoice, releases deducted."""

    invoice: DocumentName
    amount: Number


class AllocatedFromPayment(Shape):
    payment: DocumentName
    amount: Number


class PaymentApplied(PaymentShort):
    """A payment with where its money is: on which invoices, and how much on none."""

    unallocated_amount: Number
    allocations: list[AllocatedToInvoice]


class _Payment(PaymentShort):
    received_on: Date
    notes: str | None
    back_office_code: str | None


class PaymentComplete(UdfShape, _Payment):
    """A payment with everything about it. `unallocated_amount` is its money that is on no invoice yet; `principal_invoice` the one
    that it is about, `payment_profile` its own or its account's active one; a write-off has `written_off_on`."""

    accounts_receivable: AccountShort
    type: TypeShort
    category: CategoryShort | None
    payment_method: MethodShort
    received_by_user: UserShort | None
    received_by_unit: UnitShape | None
    invoices_to_pay_set: list[InvoiceShort]
    bills_to_pay_set: list[BillShort]
    principal_invoice: DocumentName | None
    payment_profile: ProfileShort | None
    written_off_on: Date | None
    rejection_reason: ReasonShort | None
    payment_cancellation: PaymentCancellationShort | None
    currency: CurrencyShape
    unallocated_amount: Number
    allocations: list[AllocatedToInvoice]
    log_information: LogInformation


class _PaymentCancellation(PaymentCancellationShort):
    notes: str | None
    back_office_code: str | None
    issue_reason: str | None


class PaymentCancellationComplete(UdfShape, _PaymentCancellation):
    accounts_receivable: AccountShort
    type: TypeShort
    category: CategoryShort | None
    payment: PaymentShort
    currency: CurrencyShape
    log_information: LogInformation


class InvoiceItemShape(Shape):
    description: str
    quantity: Number
    cost: Number | None
    sub_total: Number
    discount_percentage: Number | None
    discount_amount: Number
    vat_rate: Number
    net_amount: Number
    tax_amount: Number
    total_amount: Number


class _Invoice(InvoiceShort):
    discount_amount: Number
    net_amount: Number
    tax_amount: Number
    notes: str | None
    back_office_code: str | None


class InvoiceComplete(UdfShape, _Invoice):
    accounts_receivable: AccountShort
    type: TypeShort
    category: CategoryShort | None
    project: ProjectShape | None
    subsidiary: SubsidiaryShape | None
    exchange_rate: Number | None
    items: list[InvoiceItemShape]
    bill: BillShort | None
    rejection_reason: ReasonShort | None
    invoice_cancellation: InvoiceCancellationShort | None
    currency: CurrencyShape
    allocations: list[AllocatedFromPayment]
    log_information: LogInformation


class BillComplete(Shape):
    """A bill; the amounts leave cancelled invoices out. `outstanding_amount` is what of the unpaid is overdue."""

    id: Id
    number: str
    life_cycle_state: str
    from_date: Date | None
    to_date: Date | None
    issued_on: Date
    due_date: Date | None
    total_billed_amount: Number
    total_amount_to_be_paid: Number
    outstanding_amount: Number
    unsettled_amount: Number
    status: str
    number_of_invoices: int
    accounts_receivable: AccountShort
    currency: CurrencyShape
    invoices_set: list[InvoiceShort]
    log_information: LogInformation
