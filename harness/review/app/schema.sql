-- Packs and decisions are only ever added; triggers, in a file for each database, refuse everything else.
CREATE TABLE review_schema (version INTEGER NOT NULL);
CREATE TABLE review_packs (
  pack TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  design TEXT NOT NULL,
  reader TEXT NOT NULL,
  role TEXT NOT NULL,
  body TEXT NOT NULL,
  at TEXT NOT NULL
);
CREATE TABLE review_tokens (
  sha TEXT PRIMARY KEY,
  run TEXT NOT NULL,
  name TEXT NOT NULL,
  person TEXT NOT NULL,
  role TEXT NOT NULL,
  pack TEXT NOT NULL,
  at TEXT NOT NULL,
  revoked TEXT NOT NULL
);
CREATE UNIQUE INDEX review_tokens_person ON review_tokens (run, person) WHERE revoked = '';
CREATE TABLE review_sessions (
  sha TEXT PRIMARY KEY,
  token TEXT NOT NULL REFERENCES review_tokens (sha),
  until TEXT NOT NULL
);
CREATE TABLE review_decisions (
  pack TEXT NOT NULL REFERENCES review_packs (pack),
  number INTEGER NOT NULL,
  item TEXT NOT NULL,
  body TEXT NOT NULL,
  sha TEXT NOT NULL,
  PRIMARY KEY (pack, number)
);
