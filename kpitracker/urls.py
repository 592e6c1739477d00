"""Which door leads to which room."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin
from django.urls import include, path

# Staff sign in on our page, with its rate limits, not on the admin's own.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns = [
    path("admin/", admin.site.urls),
    path("accounts/", include("apps.pages.people.account_urls")),
    path("api/v1/", include("apps.api.urls")),
    path("", include("apps.pages.urls")),
]
