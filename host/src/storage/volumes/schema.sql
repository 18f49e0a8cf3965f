-- Version 1. `entry` is the tree, `chunk` its content, `total` what the quota is measured by.
CREATE TABLE entry (
  -- Never used again, so that what is kept of a removed file meets no other.
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  volume      TEXT    NOT NULL CHECK (volume IN ('workspace', 'memory', 'tmp')),
  path        TEXT    NOT NULL,
  kind        TEXT    NOT NULL CHECK (kind IN ('file', 'directory')),
  size        INTEGER NOT NULL DEFAULT 0 CHECK (size >= 0),
  modified_ms INTEGER NOT NULL,
  UNIQUE (volume, path)
) STRICT;

-- Bytes [seq * 65536, seq * 65536 + length) of a file. What no chunk holds is zero.
CREATE TABLE chunk (
  entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
  seq   INTEGER NOT NULL,
  data  BLOB    NOT NULL CHECK (length(data) <= 65536),
  PRIMARY KEY (entry, seq)
) STRICT;

CREATE TABLE total (
  only    INTEGER PRIMARY KEY CHECK (only = 1),
  bytes   INTEGER NOT NULL,
  entries INTEGER NOT NULL
) STRICT;
INSERT INTO total VALUES (1, 0, 0);

CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
  UPDATE total SET bytes = bytes + NEW.size, entries = entries + 1;
END;
CREATE TRIGGER entry_resized AFTER UPDATE OF size ON entry BEGIN
  UPDATE total SET bytes = bytes + NEW.size - OLD.size;
END;
CREATE TRIGGER entry_removed AFTER DELETE ON entry BEGIN
  UPDATE total SET bytes = bytes - OLD.size, entries = entries - 1;
END;
