// A title chosen in the filter is shown at once.
django.jQuery('.source-filter select').on('select2:select', e => e.target.form.submit())
