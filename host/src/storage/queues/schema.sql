-- Version 1. All tenants in one file; the tenant is part of every key.
CREATE TABLE message (
  id           INTEGER PRIMARY KEY,
  tenant       TEXT    NOT NULL,
  queue        TEXT    NOT NULL,
  attempts     INTEGER NOT NULL DEFAULT 0,
  -- Milliseconds of Unix time; 0 if nobody has had it.
  leased_until INTEGER NOT NULL DEFAULT 0,
  receipt      TEXT    UNIQUE,
  body         BLOB    NOT NULL
) STRICT;
CREATE INDEX message_of_queue ON message (tenant, queue);

-- Queues that hold messages.
CREATE TABLE queue (
  tenant   TEXT    NOT NULL,
  name     TEXT    NOT NULL,
  messages INTEGER NOT NULL,
  bytes    INTEGER NOT NULL,
  PRIMARY KEY (tenant, name)
) STRICT, WITHOUT ROWID;

CREATE TRIGGER message_added AFTER INSERT ON message BEGIN
  INSERT INTO queue VALUES (NEW.tenant, NEW.queue, 1, length(NEW.body))
    ON CONFLICT (tenant, name)
    DO UPDATE SET messages = messages + 1, bytes = bytes + excluded.bytes;
END;
CREATE TRIGGER message_removed AFTER DELETE ON message BEGIN
  UPDATE queue SET messages = messages - 1, bytes = bytes - length(OLD.body)
    WHERE tenant = OLD.tenant AND name = OLD.queue;
  DELETE FROM queue WHERE tenant = OLD.tenant AND name = OLD.queue AND messages = 0;
END;
