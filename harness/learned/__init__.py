"""The small trained encoder that all learned parts share: one pass a sentence."""

from harness.learned.encoder import SentenceEncoder, load_reader, reader_id
from harness.learned.linear import log_odds

__all__ = ["SentenceEncoder", "load_reader", "log_odds", "reader_id"]
