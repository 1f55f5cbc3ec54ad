"""The desk's addresses. Whoever imports this loads the desks of all apps: newssite/desk.py says who does."""

from allauth.account.decorators import secure_admin_login
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django.contrib import admin

admin.autodiscover()
# An address changes by its owner's proof, keys of providers stand in the settings, and who is signed in ends that
# themselves: a form of the desk would go round all three.
for model in (EmailAddress, SocialAccount, SocialApp, SocialToken, UserSession):
    admin.site.unregister(model)
# Staff sign in through allauth, under the same rate limits as readers.
admin.site.login = secure_admin_login(admin.site.login)  # type: ignore[method-assign]

urlpatterns, _, _ = admin.site.urls
