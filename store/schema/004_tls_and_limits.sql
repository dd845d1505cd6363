-- What a load's handshakes agreed upon, and what held the client back.
ALTER TABLE load_interval ADD COLUMN handshakes INTEGER NOT NULL DEFAULT 0;
ALTER TABLE load_interval ADD COLUMN resumed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE load_interval ADD COLUMN send_blocked INTEGER NOT NULL DEFAULT 0;
ALTER TABLE client_interval ADD COLUMN steal_ns INTEGER NOT NULL DEFAULT 0;  -- mean over all CPUs; of worker 0

-- Of intervals in which a TLS connection was opened.
CREATE TABLE load_tls (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  load INTEGER NOT NULL,
  start_mono_ns INTEGER NOT NULL,    -- of the load_interval
  version TEXT NOT NULL,
  cipher TEXT NOT NULL,
  key_exchange TEXT NOT NULL,        -- its group
  alpn TEXT NOT NULL,
  key_type TEXT NOT NULL,            -- of the server's certificate
  key_bits INTEGER NOT NULL
);
CREATE INDEX load_tls_by_run ON load_tls(run, load, start_mono_ns);
