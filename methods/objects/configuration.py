"""What there is to choose from, as it is answered."""

from methods.objects.people import LogInformation
from methods.shape import Date, Id, Number, Shape


class CurrencyShape(Shape):
    id: Id
    code: str
    name: str
    decimals: int


class TypeShort(Shape):
    """A financial transaction type where another object refers to it."""

    id: Id
    name: str
    alternative_code: str | None
    description: str | None


class CategoryShort(Shape):
    id: Id
    name: str
    code: str | None
    description: str | None


class CategoryComplete(CategoryShort):
    parent_id: Id | None


class MethodShort(Shape):
    id: Id
    name: str
    alternative_code: str | None
    description: str | None


class ReasonShort(Shape):
    id: Id
    name: str
    alternative_code: str | None
    description: str | None


class ProjectShape(Shape):
    """What invoices are for."""

    id: Id
    name: str
    alternative_code: str | None
    description: str | None


class SubsidiaryShape(Shape):
    """The part of the organisation that sends invoices."""

    id: Id
    name: str
    alternative_code: str | None
    description: str | None


class ExchangeRateShape(Shape):
    """What one unit of a currency is worth in the default currency, from a day on until the next rate."""

    id: Id
    currency: CurrencyShape
    from_date: Date
    rate: Number


class AllowedCategory(Shape):
    """A category that a type allows; `default` is the one to take if none is said."""

    id: Id
    default: bool
    category: CategoryShort


class AllowedMethod(Shape):
    id: Id
    default: bool
    payment_method: MethodShort


class AllowedReason(Shape):
    id: Id
    default: bool
    rejection_reason: ReasonShort


class TypeComplete(TypeShort):
    classification: str
    log_information: LogInformation


class TypeDefinition(TypeComplete):
    """A type with everything that it allows."""

    categories_set: list[AllowedCategory]
    payment_methods_set: list[AllowedMethod]
    rejection_reasons_set: list[AllowedReason]


class NumberFormat(Shape):
    """How the numbers of one kind of record look: the prefix, then the counter, filled with zeros up to `padding` digits. The last
    number is told to everybody but owners."""

    name: str
    prefix: str
    padding: int
    last: int | None
    gapless: bool


class DoorDefaults(Shape):
    """What a door takes for what its requests do not carry."""

    door: str
    payment_type: TypeShort | None
    cancellation_type: TypeShort | None
    write_off_type: TypeShort | None
    payment_method: MethodShort | None
    category: CategoryShort | None
