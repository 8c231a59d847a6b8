"""The manual. Read tree.py (what is read and written), headers.py (contracts of the headers), pages.py with references.py and
overviews.py (what each page says), prose.py (texts as blocks of marked words), mdoc.py and web.py (how a page is written down)."""
