"""What the peers are asked, as both of them read it. What an amount becomes, each says itself."""

from pydantic import BaseModel


class Named(BaseModel):
    id: str | None = None
    number: str | None = None


class Call(BaseModel):
    token: str


class Show(Call):
    payment_identifier: Named


class Creation(BaseModel):
    token: str | None = None
    accounts_receivable_identifier: Named
    life_cycle_state: str
    notes: str | None = None


class PayInvoice(Call):
    accounts_receivable_identifier: Named
    invoice_identifier: Named
    notes: str | None = None


class List(Call):
    accounts_receivable_identifier: Named
    number_of_results: int


class Login(BaseModel):
    username: str
    password: str
