"""One settings file: the environment in, safe defaults, a malformed value stops the start."""

from pathlib import Path
from urllib.parse import urlsplit

import dj_database_url
import dj_email_url
from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from newssite.environment import (
    env_address,
    env_addresses,
    env_bool,
    env_choice,
    env_emails,
    env_int,
    env_json,
    env_list,
    env_origin,
    env_text,
    env_url,
    kept_secret_key,
    require_together,
)
from newssite.queues import DEFAULT, ROUTES, queues

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = Path(env_text("VAR_DIR", str(BASE_DIR / "var")))
VAR_DIR.mkdir(parents=True, exist_ok=True)

# The site ---------------------------------------------------------------------------------------

DEBUG = env_bool("DEBUG")
SITE_NAME = env_text("SITE_NAME", "Broadsheet")
SITE_URL = env_origin("SITE_URL", "http://127.0.0.1:8000")
CONTACT_EMAIL = env_emails("CONTACT_EMAIL", f"hello@{urlsplit(SITE_URL).hostname}")[0]
# Who is told when no news comes in. Not Django's ADMINS: those are mailed every error with its data.
OPERATOR_EMAILS = env_emails("OPERATOR_EMAILS", CONTACT_EMAIL)
EDITION = env_choice("EDITION", ("auto", "catalogue", "demo"), "auto")
DEMO_PRESS_ADDRESS = env_address("DEMO_PRESS_ADDRESS", "127.0.0.1:8001")

# A first run keeps a key of its own beside its database; anywhere else the environment must bring one.
SECRET_KEY = env_text("SECRET_KEY") or (kept_secret_key(VAR_DIR / "secret-key") if DEBUG else "")
SECRET_KEY_FALLBACKS = env_list("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", str(urlsplit(SITE_URL).hostname))
if DEBUG and not {"localhost", "127.0.0.1"}.isdisjoint(ALLOWED_HOSTS):
    ALLOWED_HOSTS = list({*ALLOWED_HOSTS, "localhost", "127.0.0.1"})  # people type either
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []

INSTALLED_APPS = [
    "newssite",
    "articles",
    # Before accounts, which shows its rows in the admin without their secrets.
    "allauth.mfa",
    "accounts",
    "billing",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    # A provider's addresses exist where its keys do: without them allauth answers 500 there.
    *(["allauth.socialaccount.providers.google"] if env_text("GOOGLE_CLIENT_ID") else []),
    *(["allauth.socialaccount.providers.apple"] if env_text("APPLE_CLIENT_ID") else []),
    "allauth.usersessions",
    "adminsortable2",
    "csp",
    "newssite.desk.DeskConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.sessions",
    "django.contrib.staticfiles",
    "django.forms",
]

MIDDLEWARE = [
    "newssite.watch.watch_requests",
    "newssite.caching.cache_headers",
    "newssite.crowding.leave_room_for_readers",
    "accounts.beat.answer_on_a_beat",
    "django.middleware.security.SecurityMiddleware",
    "newssite.headers.more_headers",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.reader_time_zone",
    "accounts.middleware.OurSite",
    "newssite.errors.AskForPatience",
    "newssite.errors.say_why_not_allowed",
    "newssite.errors.own_error_pages",
]

ROOT_URLCONF = "newssite.urls"
WSGI_APPLICATION = "newssite.wsgi.application"
TASK_APPLICATION = "newssite.celery.app"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "accounts.context.reader",
                "articles.context.site",
                # The admin needs these two; both are lazy and touch no session until a template asks.
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["articles.templatetags.news"],
        },
    },
]

# Database and cache -----------------------------------------------------------------------------

DATABASE_URL = env_text("DATABASE_URL", f"sqlite:///{VAR_DIR / 'newssite.sqlite3'}")
DATABASE_RULE = "DATABASE_URL must name SQLite or PostgreSQL, such as postgres://user:password@host:5432/name"
try:
    DATABASES = {"default": dj_database_url.parse(DATABASE_URL)}
except ValueError as error:
    raise ImproperlyConfigured(DATABASE_RULE) from error
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# How long PostgreSQL lets one statement run, one wait for a lock last, and a transaction stand idle. 0: no limit, which
# is for migrations and for moving archives; deploy/ gives the site and its workers limits of their own.
DATABASE_STATEMENT_SECONDS = env_int("DATABASE_STATEMENT_SECONDS", 0)
DATABASE_LOCK_SECONDS = env_int("DATABASE_LOCK_SECONDS", 120)
DATABASE_IDLE_SECONDS = env_int("DATABASE_IDLE_SECONDS", 300)

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Opening the file anew for each request costs a millisecond of the few that a page takes.
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # Kept in memory: what undoes half a statement, which SQLite would write to a file for each feed that is stored.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
        "PRAGMA temp_store=MEMORY;",
    }
elif DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["ENGINE"] = "newssite.postgresql"
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    own_options = DATABASES["default"].get("OPTIONS", {})
    DATABASES["default"]["OPTIONS"] = {
        **own_options,
        "connect_timeout": 5,
        "pool": {"min_size": 1, "max_size": env_int("DATABASE_POOL_SIZE", 8, minimum=1), "timeout": 4},
        # What DATABASE_URL itself says stands last, and holds.
        "options": f"-c statement_timeout={DATABASE_STATEMENT_SECONDS}s -c lock_timeout={DATABASE_LOCK_SECONDS}s "
        f"-c idle_in_transaction_session_timeout={DATABASE_IDLE_SECONDS}s {own_options.get('options', '')}".rstrip(),
    }
else:
    raise ImproperlyConfigured(DATABASE_RULE)

REDIS_URL = env_url("REDIS_URL", "", ("redis", "rediss"))
# A cache may forget at any time, a broker never: in production each is a server of its own.
CACHE_URL = env_url("CACHE_URL", REDIS_URL, ("redis", "rediss", "unix"))
BROKER_URL = env_url("BROKER_URL", REDIS_URL, ("redis", "rediss"))
if CACHE_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": CACHE_URL,
            # A Redis that hangs must not hang the pages that ask it.
            "OPTIONS": {"socket_connect_timeout": 2, "socket_timeout": 2},
        }
    }
else:
    # Rate limits need a cache that every process shares, so not the memory of one.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
            "LOCATION": VAR_DIR / "cache",
            "OPTIONS": {"MAX_ENTRIES": 10_000},
        }
    }
if CACHE_URL:
    # Visitors' pages that all processes share. Whoever asks can make a page without it, so nobody waits for it.
    quick = {"socket_connect_timeout": 0.25, "socket_timeout": 0.25}
    CACHES["pages"] = {**CACHES["default"], "KEY_PREFIX": "pages", "OPTIONS": quick}
# Memory of each process for visitors' pages. 0 makes every page anew: then a changed template shows at once.
PAGE_STORE_MB = env_int("PAGE_STORE_MB", 0 if DEBUG else 64)
# The same for the shared parts of readers' pages.
SHELL_STORE_MB = env_int("SHELL_STORE_MB", 0 if DEBUG else 64)
# How long a process keeps what leads the news and what is counted; no article and no text is among it.
MOMENT_SECONDS = 0.0 if DEBUG else 2.0
SESSION_ENGINE = "django.contrib.sessions.backends.db"

# Work in the background -------------------------------------------------------------------------

CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 600
CELERY_TASK_SOFT_TIME_LIMIT = 540
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TIMEZONE = "UTC"
CELERY_IMPORTS = ["newssite.parking"]
CELERY_BEAT_SCHEDULER = "newssite.beat:SteadyScheduler"
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "beat")
# Told to end at once (SIGQUIT), a worker gives the task in hand so long, then puts it back into its queue.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 60
CELERY_TASK_DEFAULT_QUEUE = DEFAULT
CELERY_TASK_QUEUES = queues()
CELERY_TASK_ROUTES = ROUTES
# After which a task that was taken and never ended is somebody else's: longer than any may run.
CELERY_VISIBILITY_TIMEOUT = 1800
if BROKER_URL:
    CELERY_BROKER_URL = BROKER_URL
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": CELERY_VISIBILITY_TIMEOUT,
        "global_keyprefix": "newssite:",
        # Who sends a task does not wait long for a broker that is away: a sweep finds what was left behind.
        "max_retries": 1,
        "interval_start": 0,
    }
else:
    BROKER_DIR = VAR_DIR / "broker"
    for folder in ("queue", "control", "processed"):
        (BROKER_DIR / folder).mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_URL = "filesystem://localhost"
    CELERY_BROKER_TRANSPORT = "newssite.file_broker:Transport"
    # Without an event-driven broker the children of a prefork pool take turns behind one lock, and one that is killed
    # while it holds it leaves the others waiting for ever. A process that is the whole worker can only end.
    CELERY_WORKER_POOL = "solo"
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(BROKER_DIR / "queue"),
        "data_folder_out": str(BROKER_DIR / "queue"),
        "control_folder": str(BROKER_DIR / "control"),
        "processed_folder": str(BROKER_DIR / "processed"),
        "store_processed": False,
    }

# Ingest -----------------------------------------------------------------------------------------

FEED_ALLOWED_PRIVATE_HOSTS = env_addresses("FEED_ALLOWED_PRIVATE_HOSTS") + ([DEMO_PRESS_ADDRESS] if DEBUG else [])
FEED_TIMEOUT_SECONDS = env_int("FEED_TIMEOUT_SECONDS", 20, minimum=1)
FEED_MAX_BYTES = env_int("FEED_MAX_BYTES", 15 * 1024 * 1024, minimum=1024)
FEED_MAX_REDIRECTS = env_int("FEED_MAX_REDIRECTS", 5)
FEED_BATCH_SIZE = env_int("FEED_BATCH_SIZE", 200, minimum=1)
# How often beat asks what is due.
FEED_ROUND_SECONDS = env_int("FEED_ROUND_SECONDS", 60, minimum=1)
# Between two visits to one publisher's server; hosts on the allow-list are our own and are not spared.
FEED_HOST_PAUSE_SECONDS = env_int("FEED_HOST_PAUSE_SECONDS", 1)
# A worker that dies holds what it has claimed no longer than this.
FEED_LEASE_SECONDS = env_int("FEED_LEASE_SECONDS", 600, minimum=1)
# What reading one feed may cost: seconds of processor time, and memory of the process that reads.
FEED_CPU_SECONDS = env_int("FEED_CPU_SECONDS", 20, minimum=1)
FEED_MEMORY_MB = env_int("FEED_MEMORY_MB", 1024, minimum=256)
# Somebody is told when the newest article of the whole site is older.
FRESHNESS_ALERT_MINUTES = env_int("FRESHNESS_ALERT_MINUTES", 120, minimum=1)
# Hubs can push only where they can reach us.
WEBSUB = env_bool("WEBSUB", SITE_URL.startswith("https://"))

# Pictures ---------------------------------------------------------------------------------------

# proxy: fetched by us, served from our own origin. link: loaded from publishers by readers' browsers. off: none.
IMAGES = env_choice("IMAGES", ("proxy", "link", "off"), "proxy")
PICTURE_URL = "/pictures/"
# An object store is one setting: a storage class of Django's kind, with its options as JSON.
PICTURE_STORAGE = env_text("PICTURE_STORAGE", "django.core.files.storage.FileSystemStorage")
PICTURE_STORAGE_OPTIONS = env_json("PICTURE_STORAGE_OPTIONS", {"location": str(VAR_DIR / "pictures")})
PICTURE_MAX_BYTES = env_int("PICTURE_MAX_BYTES", 10 * 1024 * 1024, minimum=1024)
# What decoding one picture may cost: seconds of processor time, and memory of the process that decodes.
PICTURE_CPU_SECONDS = env_int("PICTURE_CPU_SECONDS", 10, minimum=1)
PICTURE_MEMORY_MB = env_int("PICTURE_MEMORY_MB", 1024, minimum=256)
# A picture that no article has named for so many days is deleted.
PICTURE_KEEP_DAYS = env_int("PICTURE_KEEP_DAYS", 60, minimum=1)
FEED_USER_AGENT = f"{SITE_NAME}/1.0 (+{SITE_URL}/about/fetcher/)"

# Accounts ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["accounts.backends.ReaderBackend"]
PASSWORD_HASHERS = ["accounts.hashers.Argon2Hasher", "django.contrib.auth.hashers.PBKDF2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "front"
LOGOUT_REDIRECT_URL = "signed_out"
PASSWORD_RESET_TIMEOUT = 3600

EMAIL_URL = env_text("EMAIL_URL")
MAIL_IS_CONFIGURED = bool(EMAIL_URL)
if MAIL_IS_CONFIGURED and urlsplit(EMAIL_URL).scheme not in dj_email_url.SCHEMES:
    raise ImproperlyConfigured("EMAIL_URL must begin with submission://, smtps:// or smtp://")
EMAIL_CONFIG = dj_email_url.parse(EMAIL_URL or "console:")
EMAIL_BACKEND = EMAIL_CONFIG["EMAIL_BACKEND"]
EMAIL_HOST = EMAIL_CONFIG["EMAIL_HOST"]
EMAIL_PORT = EMAIL_CONFIG["EMAIL_PORT"]
EMAIL_HOST_USER = EMAIL_CONFIG["EMAIL_HOST_USER"]
EMAIL_HOST_PASSWORD = EMAIL_CONFIG["EMAIL_HOST_PASSWORD"]
EMAIL_USE_TLS = EMAIL_CONFIG["EMAIL_USE_TLS"]
EMAIL_USE_SSL = EMAIL_CONFIG["EMAIL_USE_SSL"]
EMAIL_FILE_PATH = EMAIL_CONFIG["EMAIL_FILE_PATH"]
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env_text("DEFAULT_FROM_EMAIL", f"{SITE_NAME} <{CONTACT_EMAIL}>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# The briefing by mail: at most so many a minute, over all workers.
BRIEFINGS_PER_MINUTE = env_int("BRIEFINGS_PER_MINUTE", 1200, minimum=1)
# Letters that come back go to this address with a mark after a plus sign; without it only refusals at once are seen.
BOUNCE_ADDRESS = env_text("BOUNCE_ADDRESS")
# The mark takes up to 44 of the 64 characters that stand before the @.
if BOUNCE_ADDRESS and not 0 < BOUNCE_ADDRESS.rfind("@") <= 20:
    raise ImproperlyConfigured("BOUNCE_ADDRESS must be an address with 20 characters at most before the @")
# Who brings reports of them to /briefing/bounces/ signs with this; without it none are taken there.
BOUNCE_SECRET = env_text("BOUNCE_SECRET")

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
SOCIALACCOUNT_ADAPTER = "accounts.adapter.SocialAccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_FORMS = {
    "signup": "accounts.forms.SignUpForm",
    "login": "accounts.forms.SignInForm",
    "request_login_code": "accounts.forms.AskForCodeForm",
    "confirm_login_code": "accounts.forms.CodeForm",
    "add_email": "accounts.forms.ChangeAddressForm",
    "change_password": "accounts.forms.ChangePasswordForm",
    "set_password": "accounts.forms.SetPasswordForm",
    "reset_password": "accounts.forms.AskForResetForm",
    "reset_password_from_key": "accounts.forms.ResetPasswordForm",
    "reauthenticate": "accounts.forms.ConfirmPasswordForm",
}
# Who gives no password signs in by a code in the mail, so where there is no mail a password is needed.
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1" if MAIL_IS_CONFIGURED else "password1*"]
# Unverified readers have 24 hours (billing/entitlement.py); where no mail can be sent, nobody can verify.
ACCOUNT_EMAIL_VERIFICATION = "optional" if MAIL_IS_CONFIGURED else "none"
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 3
ACCOUNT_LOGIN_BY_CODE_ENABLED = MAIL_IS_CONFIGURED
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 6, "dashed": False}
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_PREVENT_ENUMERATION = True
# Longer than such an answer takes to make on a machine that is not busy, password hash and all.
ANSWER_BEAT_SECONDS = 0.1
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_CONFIRM_EMAIL_ON_GET = False
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = False
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_EMAIL_NOTIFICATIONS = MAIL_IS_CONFIGURED
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_URL).scheme
# Tries per network address ("ip") and per e-mail address ("key"), counted in the shared cache. The actions that
# end in _here are ours (accounts/limits.py) and count an e-mail address together with a network address: one
# stranger uses up a few tries of a reader's address, never all, and none for longer than a quarter of an hour.
ACCOUNT_RATE_LIMITS = {
    "signup": "20/h/ip",
    "login": "30/m/ip",
    "login_failed": "10/m/ip,60/h/key",
    "login_failed_here": "5/10m/key",
    "request_login_code": "20/h/ip,40/h/key",
    "request_login_code_here": "4/15m/key",
    "reset_password": "20/h/ip,10/h/key",
    "reset_password_from_key": "20/m/ip",
    "confirm_email": "1/m/key,20/h/key",
    "manage_email": "10/m/user",
    "change_password": "5/m/user",
    "reauthenticate": "10/m/user",
    "ask_for_passkey": "20/m/ip,200/h/ip",
    "checkout": "20/h/user",
}
# 0: X-Forwarded-For is not looked at. Otherwise the address that the outermost of so many proxies of ours wrote.
ALLAUTH_TRUSTED_PROXY_COUNT = env_int("TRUSTED_PROXY_COUNT", 0)
# Whoever works here enters the admin with a code or a passkey beside the password, with a passkey alone, or not at all.
STAFF_SECOND_FACTOR = env_bool("STAFF_SECOND_FACTOR", not DEBUG)
MFA_ADAPTER = "accounts.second_factor.SecondFactorAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.forms.SetUpForm",
    "add_webauthn": "accounts.passkeys.AddForm",
    "edit_webauthn": "accounts.passkeys.RenameForm",
    "login_webauthn": "accounts.passkeys.SignInForm",
    "authenticate_webauthn": "accounts.passkeys.SecondStepForm",
    "reauthenticate_webauthn": "accounts.passkeys.AgainForm",
    "authenticate": "accounts.forms.SecondCodeForm",
    "reauthenticate": "accounts.forms.SecondCodeAgainForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
# A passkey stands for both steps, so the device has to know its owner: a finger, a face, a PIN.
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_TOTP_ISSUER = SITE_NAME
# The code of this half minute only: allauth remembers a used code for as long, so none can be used twice.
MFA_TOTP_TOLERANCE = 0
MFA_ALLOW_UNVERIFIED_EMAIL = not MAIL_IS_CONFIGURED
SOCIALACCOUNT_ONLY = False
SOCIALACCOUNT_AUTO_SIGNUP = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_PROVIDERS = {}
require_together("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET")
require_together("APPLE_CLIENT_ID", "APPLE_KEY_ID", "APPLE_TEAM_ID", "APPLE_PRIVATE_KEY")
if env_text("GOOGLE_CLIENT_ID"):
    SOCIALACCOUNT_PROVIDERS["google"] = {
        "APP": {"client_id": env_text("GOOGLE_CLIENT_ID"), "secret": env_text("GOOGLE_CLIENT_SECRET")},
        "SCOPE": ["profile", "email"],
    }
if env_text("APPLE_CLIENT_ID"):
    SOCIALACCOUNT_PROVIDERS["apple"] = {
        "APP": {
            "client_id": env_text("APPLE_CLIENT_ID"),
            "secret": env_text("APPLE_KEY_ID"),
            "key": env_text("APPLE_TEAM_ID"),
            "settings": {"certificate_key": env_text("APPLE_PRIVATE_KEY")},
        }
    }

# What a reader's export holds beside the account itself: model -> what is told of each row.
READER_DATA = {
    "account.EmailAddress": ("email", "verified", "primary"),
    "mfa.Authenticator": ("type", "created_at", "last_used_at"),
    "socialaccount.SocialAccount": ("provider", "uid", "date_joined", "last_login", "extra_data"),
    "usersessions.UserSession": ("created_at", "last_seen_at", "ip", "user_agent"),
    "billing.Membership": (
        *("trial_started_at", "trial_ends_at", "is_trial_used", "given_until", "status", "plan"),
        *("paid_until", "cancels_at", "past_due_since", "created_at"),
    ),
    "billing.AccessLine": ("at", "cause", "rule", "changes", "access"),
    "billing.Customer": ("stripe_id", "key", "email", "created_at"),
    "billing.Subscription": (
        *("stripe_id", "status", "plan", "price_cents", "currency", "began_at", "period_ends_at", "cancels_at"),
        *("ended_at", "trial_ends_at", "cancel_asked_at", "past_due_since", "next_plan", "discount", "next_cents"),
        *("end_reason", "card_brand", "card_last4", "card_expires"),
    ),
    "billing.Invoice": (
        *("subscription__stripe_id", "stripe_id", "number", "status", "reason", "plan"),
        *("total_cents", "discount_cents", "due_cents", "refunded_cents", "credited_cents"),
        *("currency", "issued_at", "next_try_at", "reported_payment", "pdf_url"),
    ),
    "billing.Refund": (
        *("invoice__number", "stripe_id", "payment_id", "amount_cents", "currency", "status", "made_at"),
    ),
    "billing.CheckoutSession": ("plan", "free_until", "created_at", "closed_at"),
    "billing.Consent": ("at", "plan", "price_cents", "currency", "first_charge_at", "text", "ip", "user_agent"),
    "billing.Letter": ("kind", "about", "facts", "wanted_at", "sent_at", "dropped_at"),
    "billing.TrialClaim": ("claimed_at",),
    "billing.CardClaim": ("claimed_at",),
    "articles.Saved": ("saved_at", "article__headline", "article__canonical_url"),
    "articles.Follow": ("followed_at", "source__name", "section", "topic__name", "report__headline"),
    "articles.Mute": ("muted_at", "source__name", "topic__name", "word", "typed"),
    "articles.Interests": ("is_on", "counted_from"),
    "articles.Unwanted": ("removed_at", "source__name", "section", "topic__name"),
    "articles.Showing": ("quarter_at", "page", "article_ids"),
    "articles.Reading": ("read_at", "article__headline", "article__canonical_url"),
    "articles.LetterChoice": ("morning", "evening", "asked_at", "failed_count", "stopped_at", "stopped_by"),
    "articles.Edition": ("day", "part", "made_at", "places"),
    "articles.Delivery": ("edition__day", "edition__part", "handed_at", "sent_at"),
}

# How a row leads to its reader, where it is not by `user`.
READER_PATHS = {
    "billing.Subscription": "customer__user",
    "billing.Invoice": "subscription__customer__user",
    "billing.Refund": "invoice__subscription__customer__user",
    "billing.CheckoutSession": "customer__user",
    "billing.Consent": "customer__user",
}

# Membership -------------------------------------------------------------------------------------

TRIAL_DAYS = env_int("TRIAL_DAYS", 14, minimum=1)
TRIAL_REQUIRES_CARD = env_bool("TRIAL_REQUIRES_CARD")
VERIFY_WITHIN_HOURS = 24
PAST_DUE_GRACE_DAYS = env_int("PAST_DUE_GRACE_DAYS", 7)
# The trial ledger keeps keyed hashes of addresses and cards: a key of its own outlives a change of SECRET_KEY.
TRIAL_LEDGER_KEY = env_text("TRIAL_LEDGER_KEY") or SECRET_KEY
# Keyed hashes of erased accounts are forgotten after so many years.
TRIAL_LEDGER_YEARS = env_int("TRIAL_LEDGER_YEARS", 3, minimum=1)
PLAN_CURRENCY = env_text("PLAN_CURRENCY", "GBP").upper()
if not (len(PLAN_CURRENCY) == 3 and PLAN_CURRENCY.isascii() and PLAN_CURRENCY.isalpha()):
    raise ImproperlyConfigured(f"PLAN_CURRENCY must be three letters such as GBP, not {PLAN_CURRENCY!r}")
PLAN_MONTHLY_CENTS = env_int("PLAN_MONTHLY_CENTS", 1000, minimum=1)
PLAN_YEARLY_CENTS = env_int("PLAN_YEARLY_CENTS", 9600, minimum=1)
PLAN_LOOKUP_KEYS = {
    "monthly": env_text("PLAN_MONTHLY_LOOKUP_KEY", "monthly"),
    "yearly": env_text("PLAN_YEARLY_LOOKUP_KEY", "yearly"),
}
# Without a key nobody can pay, and the pages say so.
STRIPE_SECRET_KEY = env_text("STRIPE_SECRET_KEY")
# Two, divided by a comma, while the secret is being changed.
STRIPE_WEBHOOK_SECRETS = env_list("STRIPE_WEBHOOK_SECRET")
STRIPE_API_BASE = env_origin("STRIPE_API_BASE", "https://api.stripe.com")
# The demo edition pays at a stand-in for Stripe on this machine; `manage.py run` starts it and it leaves this file.
STRIPE_STAND_IN_ADDRESS = env_address("STRIPE_STAND_IN_ADDRESS", "127.0.0.1:8002")
STRIPE_STAND_IN_STORE = VAR_DIR / "stripe-stand-in.json"
STRIPE_STAND_IN = {
    "STRIPE_SECRET_KEY": "sk_test_stand_in",
    "STRIPE_WEBHOOK_SECRETS": ["whsec_stand_in"],
    "STRIPE_API_BASE": f"http://{STRIPE_STAND_IN_ADDRESS}",
}
if DEBUG and not STRIPE_SECRET_KEY and STRIPE_STAND_IN_STORE.exists():
    STRIPE_SECRET_KEY = STRIPE_STAND_IN["STRIPE_SECRET_KEY"]
    STRIPE_WEBHOOK_SECRETS = STRIPE_STAND_IN["STRIPE_WEBHOOK_SECRETS"]
    STRIPE_API_BASE = STRIPE_STAND_IN["STRIPE_API_BASE"]
STRIPE_PORTAL_CONFIGURATION = env_text("STRIPE_PORTAL_CONFIGURATION")
STRIPE_TIMEOUT_SECONDS = env_int("STRIPE_TIMEOUT_SECONDS", 10, minimum=1)
# Where Stripe's own pages are: browsers hold the redirect after a form to the content-security-policy.
STRIPE_PAGES = (
    ["https://checkout.stripe.com", "https://billing.stripe.com", "https://invoice.stripe.com"]
    if STRIPE_API_BASE == "https://api.stripe.com"
    else [STRIPE_API_BASE]
)

# Language, time, files --------------------------------------------------------------------------

LANGUAGE_CODE = "en-gb"
USE_I18N = True
FORMAT_MODULE_PATH = "newssite.formats"
USE_TZ = True
TIME_ZONE = env_text("TIME_ZONE", "UTC")

STATIC_URL = "/static/"
STATIC_ROOT = VAR_DIR / "static"
STATIC_ROOT.mkdir(exist_ok=True)
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "pictures": {"BACKEND": PICTURE_STORAGE, "OPTIONS": PICTURE_STORAGE_OPTIONS},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = DEBUG
# Pages name every file by its hash; a process that begins looks at each that is there.
WHITENOISE_KEEP_ONLY_HASHED_FILES = True

# Security ---------------------------------------------------------------------------------------

HTTPS_ONLY = not DEBUG and env_bool("HTTPS_ONLY", True)
# With IMAGES=link a page loads publishers' pictures from elsewhere; the demo's own press speaks plain http.
PICTURE_ORIGINS = ["https:", *([f"http://{DEMO_PRESS_ADDRESS}"] if DEBUG else [])] if IMAGES == "link" else []
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "img-src": [SELF, *PICTURE_ORIGINS],
        "style-src": [SELF],
        "script-src": [SELF, NONCE],
        "connect-src": [SELF],
        "font-src": [SELF],
        "manifest-src": [SELF],
        "worker-src": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        # Some publishers still name their pictures by http.
        "upgrade-insecure-requests": HTTPS_ONLY,
        # Browsers hold redirects after a form to this list too, so the hosts that sign readers in stand here.
        "form-action": [
            SELF,
            *(STRIPE_PAGES if STRIPE_SECRET_KEY else []),
            *(["https://accounts.google.com"] if "google" in SOCIALACCOUNT_PROVIDERS else []),
            *(["https://appleid.apple.com"] if "apple" in SOCIALACCOUNT_PROVIDERS else []),
        ],
    }
}
SECURE_SSL_REDIRECT = HTTPS_ONLY
# A probe inside the machine speaks plain http.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS_ONLY else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS_ONLY
SECURE_HSTS_PRELOAD = HTTPS_ONLY
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_int("TRUSTED_PROXY_COUNT", 0) else None
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS_ONLY
SESSION_COOKIE_NAME = "__Host-session" if HTTPS_ONLY else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS_ONLY else "csrf"
# With a path of its own, which the __Host- prefix would not allow.
TYPED_ADDRESS_COOKIE_NAME = "typed-address"
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "newssite.errors.csrf_failed"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_048_576

# Watching ---------------------------------------------------------------------------------------

LOG_FORMAT = env_choice("LOG_FORMAT", ("line", "json"), "line")
LOG_LEVEL = env_choice("LOG_LEVEL", ("debug", "info", "warning", "error", "critical"), "info").upper()
# A line for each request that reaches Django; what the proxy answers by itself stands in the proxy's log.
LOG_REQUESTS = env_bool("LOG_REQUESTS", LOG_FORMAT == "json")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {
        name: {"()": "django.utils.log.CallbackFilter", "callback": f"ext://newssite.logs.{name}"}
        for name in ("without_path", "first_line")
    },
    "formatters": {"line": {"()": "newssite.logs.Line"}, "json": {"()": "newssite.logs.Json"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        **{name: {"level": "WARNING"} for name in ("aiohttp", "httpx", "stripe")},
        # Only in development is an address more use than harm.
        **{name: {"filters": [] if DEBUG else ["without_path"]} for name in ("django.request", "django.security.csrf")},
        # A message that a worker cannot do would be written out whole: a letter, with the code or the link in it.
        "celery.worker.consumer.consumer": {"filters": ["first_line"]},
    },
}
# Where web processes count how long pages take; `manage.py metrics` shows it, on an address of this machine alone.
METRICS_DIR = env_text("METRICS_DIR")
METRICS_ADDRESS = env_address("METRICS_ADDRESS", "127.0.0.1:9101")
SENTRY_DSN = env_url("SENTRY_DSN", "", ("https", "http"))
if SENTRY_DSN:
    from newssite import sentry

    sentry.begin(SENTRY_DSN)
