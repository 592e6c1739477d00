"""How single values are written."""

from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from apps.common.errors import Refusal


@extend_schema_field(OpenApiTypes.DECIMAL)
class PlainDecimal(serializers.Field[Decimal, Any, str, Any]):
    """An exact number as a string, without padding: `412000` and `0.6315`, never `4.12E+5` or a float."""

    def __init__(self, **options: Any) -> None:
        super().__init__(read_only=True, **options)

    def to_representation(self, value: Decimal) -> str:
        text = f"{value:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text

    def to_internal_value(self, data: Any) -> Any:
        raise Refusal("Numbers are read here, not written.")
