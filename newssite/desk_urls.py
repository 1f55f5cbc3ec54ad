"""The desk's addresses. Whoever imports this loads the desks of all apps: newssite/desk.py says who does."""

from allauth.account.decorators import secure_admin_login
from django.contrib import admin

admin.autodiscover()
# Staff sign in through allauth, under the same rate limits as readers.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns, _, _ = admin.site.urls
