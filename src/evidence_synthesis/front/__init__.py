"""The front door: what people who write Python use, pandas in and out; reached as ``import evidence_synthesis as es``."""
