-- Version 1. All tenants in one file; the tenant is part of every key.
CREATE TABLE pair (
  tenant TEXT NOT NULL,
  key    TEXT NOT NULL,
  value  BLOB NOT NULL,
  UNIQUE (tenant, key)
) STRICT;

CREATE TABLE total (
  tenant TEXT    PRIMARY KEY,
  keys   INTEGER NOT NULL,
  bytes  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TRIGGER pair_added AFTER INSERT ON pair BEGIN
  INSERT INTO total VALUES (NEW.tenant, 1, octet_length(NEW.key) + length(NEW.value))
    ON CONFLICT (tenant) DO UPDATE SET keys = keys + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER pair_changed AFTER UPDATE OF value ON pair BEGIN
  UPDATE total SET bytes = bytes + length(NEW.value) - length(OLD.value)
    WHERE tenant = NEW.tenant;
END;
CREATE TRIGGER pair_removed AFTER DELETE ON pair BEGIN
  UPDATE total SET keys = keys - 1,
    bytes = bytes - octet_length(OLD.key) - length(OLD.value) WHERE tenant = OLD.tenant;
END;
