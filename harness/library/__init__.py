"""The operator's own documents: PDFs read into a local corpus, and looked up for the pages that cite them."""
