"""How far an import says that the data reaches."""

from django.db.models.functions import Coalesce

# What whoever sent the file says of it, else the last day on which something happened in it.
REACHES = Coalesce("batch__complete_until", "batch__covers_to")
