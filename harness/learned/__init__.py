"""The small trained encoder that all learned parts share: one pass a sentence."""

from harness.learned.encoder import SentenceEncoder, load_reader, reader_id

__all__ = ["SentenceEncoder", "load_reader", "reader_id"]
