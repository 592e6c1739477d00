"""What every place shares. Each value from the environment is named in docs/operations.md."""

from pathlib import Path

import environ
from csp.constants import NONCE, SELF

from kpitracker.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])

# Demo mode adds one-click sign-in for the three personas; production settings never turn it on.
DEMO_MODE = False

INSTALLED_APPS = [
    "apps.common",
    "apps.audit",
    "apps.people",
    "apps.datasets",
    "apps.metrics",
    "apps.goals",
    "apps.refresh",
    "apps.demo",
    "apps.api",
    "apps.pages",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "rest_framework",
    "template_partials",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "kpitracker.logs.RequestLog",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "kpitracker.urls"
WSGI_APPLICATION = "kpitracker.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'kpitracker.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # WAL and IMMEDIATE: a reader never blocks, and a writer waits instead of failing half-way (docs/adr/0003).
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    # Seconds. A server that takes the call and stays silent must not keep /healthz, or a visitor, waiting for minutes.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 2)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "people.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "pages:start"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"  # people come in by invitation, which proves the address
ACCOUNT_ADAPTER = "apps.people.adapter.InvitationOnlyAdapter"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = (
    False  # a reset for an address nobody has sends no letter, and the page does not say so
)
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)  # whitenoise warns about a folder that does not exist yet
# var/assets holds what is generated once per machine: the Vega bundle (`manage.py build_assets`).
ASSETS_DIR = DATA_DIR / "assets"
ASSETS_DIR.mkdir(parents=True, exist_ok=True)  # Django warns about a static folder that does not exist yet
STATICFILES_DIRS = [BASE_DIR / "static", ASSETS_DIR]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
MEDIA_ROOT = DATA_DIR / "uploads"

# What counts failed sign-ins: all web processes of this machine share it.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": str(DATA_DIR / "cache"),
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}

EMAIL_CONFIG = env.email_url("EMAIL_URL", default=f"filemail:///{DATA_DIR / 'mail'}")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="KPI Tracker <kpi-tracker@localhost>")

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": ["'none'"],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": ["'none'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_REFERRER_POLICY = "same-origin"

LOG_LEVEL = env.str("LOG_LEVEL", default="INFO")
LOGGING = logging_settings(as_json=False, level=LOG_LEVEL)

# --- background work -------------------------------------------------------------------------------------
# The broker is only the doorbell: work to be done is a row of refresh.Run (docs/adr/0004).
BROKER_URL = env.str("BROKER_URL", default=f"sqla+sqlite:///{DATA_DIR / 'queue.sqlite3'}")
# Installations that share a broker need a queue each.
BROKER_QUEUE = env.str("BROKER_QUEUE", default="kpitracker")
# Seconds. A run whose worker has not breathed for RUN_STALE_AFTER is taken from it and started again.
RUN_HEARTBEAT_EVERY = env.float("RUN_HEARTBEAT_EVERY", default=5.0)
RUN_STALE_AFTER = env.float("RUN_STALE_AFTER", default=60.0)
RUN_TICK_EVERY = env.float("RUN_TICK_EVERY", default=60.0)
RUN_MAX_ATTEMPTS = env.int("RUN_MAX_ATTEMPTS", default=5)

# --- the engine ------------------------------------------------------------------------------------------
ENGINE_THREADS = env.int("ENGINE_THREADS", default=0)  # 0: all cores
ENGINE_MEMORY = env.str("ENGINE_MEMORY", default="2GB")

UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=1024**3)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- sources ---------------------------------------------------------------------------------------------
# Earlier values of SECRET_KEY: what was signed or encrypted with them can still be read.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
# Watched folders and SQLite files of a workspace lie below SOURCES_FOLDER/<its slug>.
SOURCES_FOLDER = Path(env.str("SOURCES_FOLDER", default=str(DATA_DIR / "sources")))
SOURCES_MAX_ROWS = env.int("SOURCES_MAX_ROWS", default=10_000_000)  # of one query
PUSH_MAX_ROWS = env.int("PUSH_MAX_ROWS", default=100_000)  # of one call with rows; a file may hold more
PUSH_RATE = env.str("PUSH_RATE", default="60/min")  # of one member

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "apps.api.pagination.Pages",
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "600/min", "push": PUSH_RATE},
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "KPI Tracker API",
    "DESCRIPTION": "Read workspaces, KPIs, goals, actuals and imports; push rows and files.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
}
