"""Reports: the same run as terminal text, HTML, Markdown and JSON."""
