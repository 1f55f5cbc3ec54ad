from django.urls import path

from accounts import passkeys, views

urlpatterns = [
    path("", views.account, name="account"),
    path("settings/", views.change_settings, name="account_settings"),
    path("sign-out-everywhere/", views.sign_out_everywhere, name="sign_out_everywhere"),
    path("signed-out/", views.signed_out, name="signed_out"),
    path("signup/begin/", views.begin_sign_up, name="begin_sign_up"),
    path("export/", views.export, name="account_export"),
    path("delete/", views.delete, name="account_delete"),
    # In place of allauth's of the same names.
    path("signup/", views.SignUpPage.as_view(), name="account_signup"),
    path("email/", views.change_address, name="account_email"),
    path("password/set/", views.set_password, name="account_set_password"),
    path("2fa/webauthn/", passkeys.passkeys, name="mfa_list_webauthn"),
    path("2fa/webauthn/add/", passkeys.add, name="mfa_add_webauthn"),
    path("2fa/webauthn/login/", passkeys.sign_in, name="mfa_login_webauthn"),
    path("2fa/webauthn/reauthenticate/", passkeys.prove, name="mfa_reauthenticate_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/edit/", passkeys.rename, name="mfa_edit_webauthn"),
    path("2fa/webauthn/keys/<int:pk>/remove/", passkeys.take_off, name="mfa_remove_webauthn"),
    path("2fa/totp/activate/", views.set_up_second_step, name="mfa_activate_totp"),
    path("2fa/totp/deactivate/", views.take_off_second_step, name="mfa_deactivate_totp"),
    path("2fa/recovery-codes/", views.recovery_codes, name="mfa_view_recovery_codes"),
    path("2fa/recovery-codes/generate/", views.new_recovery_codes, name="mfa_generate_recovery_codes"),
    path("2fa/recovery-codes/download/", views.recovery_codes_file, name="mfa_download_recovery_codes"),
]
