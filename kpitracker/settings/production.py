"""Behind TLS, with PostgreSQL and RabbitMQ or Redis. What must be given is asked for at start."""

from kpitracker.logs import logging_settings
from kpitracker.settings.base import *  # noqa: F403
from kpitracker.settings.base import LOG_LEVEL, env

SECRET_KEY = env.str("SECRET_KEY")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS")
DEBUG = False
DEMO_MODE = False

SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
CSRF_COOKIE_SECURE = True
CSRF_TRUSTED_ORIGINS = [f"https://{host.lstrip('.')}" for host in ALLOWED_HOSTS if host != "*"]

# How many proxies stand in front and append to X-Forwarded-For: failed sign-ins are counted by the caller's address.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=1)
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https"

LOGGING = logging_settings(as_json=True, level=LOG_LEVEL)
