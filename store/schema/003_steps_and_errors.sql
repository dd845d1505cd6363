-- A load's records are kept step by step, and its errors by their number (docs/errors.md).
ALTER TABLE load_interval ADD COLUMN step INTEGER NOT NULL DEFAULT 0;  -- index into the load's steps
ALTER TABLE load_interval ADD COLUMN connections_lost INTEGER NOT NULL DEFAULT 0;
ALTER TABLE load_interval ADD COLUMN pushed_back INTEGER NOT NULL DEFAULT 0;

-- Only errors that occurred.
CREATE TABLE load_error (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  load INTEGER NOT NULL,
  step INTEGER NOT NULL,
  worker INTEGER NOT NULL,
  start_mono_ns INTEGER NOT NULL,    -- of the load_interval
  code INTEGER NOT NULL,
  count INTEGER NOT NULL
);
CREATE INDEX load_error_by_run ON load_error(run, load, start_mono_ns);

-- The classes that were kept before, under the number that says the least.
INSERT INTO load_error
  SELECT run, load, 0, worker, start_mono_ns, 204, error_connect FROM load_interval WHERE error_connect > 0
  UNION ALL SELECT run, load, 0, worker, start_mono_ns, 802, error_timeout FROM load_interval WHERE error_timeout > 0
  UNION ALL SELECT run, load, 0, worker, start_mono_ns, 401, error_reset FROM load_interval WHERE error_reset > 0
  UNION ALL SELECT run, load, 0, worker, start_mono_ns, 301, error_tls FROM load_interval WHERE error_tls > 0
  UNION ALL SELECT run, load, 0, worker, start_mono_ns, 501, error_protocol FROM load_interval WHERE error_protocol > 0
  UNION ALL SELECT run, load, 0, worker, start_mono_ns, 601, error_http_4xx FROM load_interval WHERE error_http_4xx > 0
  UNION ALL SELECT run, load, 0, worker, start_mono_ns, 602, error_http_5xx FROM load_interval WHERE error_http_5xx > 0;
ALTER TABLE load_interval DROP COLUMN error_connect;
ALTER TABLE load_interval DROP COLUMN error_timeout;
ALTER TABLE load_interval DROP COLUMN error_reset;
ALTER TABLE load_interval DROP COLUMN error_tls;
ALTER TABLE load_interval DROP COLUMN error_protocol;
ALTER TABLE load_interval DROP COLUMN error_http_4xx;
ALTER TABLE load_interval DROP COLUMN error_http_5xx;
