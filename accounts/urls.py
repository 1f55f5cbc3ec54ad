from django.urls import path

from accounts import views

urlpatterns = [
    path("", views.account, name="account"),
    path("settings/", views.change_settings, name="account_settings"),
    path("sign-out-everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("export/", views.export, name="account_export"),
    path("delete/", views.delete, name="account_delete"),
    # In place of allauth's two of the same names.
    path("signup/", views.SignUpPage.as_view(), name="account_signup"),
    path("email/", views.change_address, name="account_email"),
]
