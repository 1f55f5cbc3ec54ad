"""A request's road, the outermost first: visitors' stored pages, readers' kept shells, then Django."""

import gc
import os

# What a start makes stays until the process ends. Looking for garbage in it finds none and costs a tenth of the start,
# and then again at every full collection: so not before all is there, and never in what is there by then.
gc.disable()

from importlib import import_module  # noqa: E402

from django.conf import settings  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "newssite.settings")

django = get_wsgi_application()

# What follows asks for settings and models, which are there from here on.
from articles.quick.road import quick_road  # noqa: E402
from newssite.metrics import note_quick_page  # noqa: E402
from newssite.pagestore.layer import visitor_pages  # noqa: E402

import_module(settings.ROOT_URLCONF)  # all pages: the first request need not wait for them
application = visitor_pages(quick_road(django, note_quick_page))

gc.freeze()
gc.enable()
