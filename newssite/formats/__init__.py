"""How Django writes an instant where no template says how: the lists and forms of the desk (FORMAT_MODULE_PATH)."""
