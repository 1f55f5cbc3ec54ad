from django.urls import include, path

from newssite import errors, pwa, status
from newssite.desk import desk

urlpatterns = [
    path("account/", include("accounts.urls")),
    path("account/", include("allauth.urls")),
    path("membership/", include("billing.urls")),
    desk("admin/"),
    path("app/", pwa.app_page, name="app"),
    path("offline/", pwa.offline_page, name="offline"),
    path("favicon.ico", pwa.favicon, name="favicon"),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("service-worker.js", pwa.service_worker, name="service_worker"),
    path("healthz", status.healthz, name="healthz"),
    path("readyz", status.readyz, name="readyz"),
    path("", include("articles.urls")),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler429 = errors.too_many_requests  # allauth asks for it where somebody tries too often
handler500 = errors.server_error
