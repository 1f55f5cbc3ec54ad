from django.contrib.admin.apps import AdminConfig


class DeskConfig(AdminConfig):
    """Django's admin with our own site class: what staff see first is the editors' desk."""

    default = False
    default_site = "newssite.admin.DeskSite"
