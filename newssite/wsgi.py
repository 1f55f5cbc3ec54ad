"""A request's road, the outermost first: visitors' stored pages, readers' kept shells, then Django."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newssite.settings")

django = get_wsgi_application()

# What follows asks for settings and models, which are there from here on.
from articles.quick.road import quick_road  # noqa: E402
from newssite.pagestore.layer import visitor_pages  # noqa: E402

application = visitor_pages(quick_road(django))
