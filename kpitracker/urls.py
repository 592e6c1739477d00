"""Which door leads to which room."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("allauth.account.urls")),
    path("api/v1/", include("apps.api.urls")),
    path("", include("apps.pages.urls")),
]
