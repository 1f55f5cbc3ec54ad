from django.urls import path

from billing import views

urlpatterns = [
    path("", views.plans, name="plans"),
    path("checkout/", views.checkout, name="checkout"),
    path("welcome/", views.welcome, name="welcome"),
    path("cancel/", views.cancel, name="cancel"),
    path("cancel/<str:token>/", views.cancel_by_link, name="cancel_by_link"),
    path("keep/", views.keep, name="keep"),
    path("resume/", views.resume, name="resume"),
    path("plan/", views.switch, name="switch_plan"),
    path("pay/", views.pay, name="pay"),
    path("portal/", views.portal, name="portal"),
    path("webhook/", views.webhook, name="webhook"),
]
