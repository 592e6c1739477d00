import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kpitracker.settings.production")
application = get_wsgi_application()

# Views are imported now and not while the first visitor waits. What is loaded by then stays for good: taken out of
# the garbage collector's sight, it no longer costs some page 150 ms now and then.
_ = get_resolver().url_patterns
gc.collect()
gc.freeze()
