-- The timeline: everything that a run recorded, one row per record.
-- Times: *_mono_ns is CLOCK_MONOTONIC, *_wall_ns is nanoseconds since the Unix epoch (UTC), both of
-- the host that ran; table anchor ties them together. Durations are nanoseconds. Booleans are 0 or 1.
-- Histograms are HdrHistogram V2 compressed blobs; the p50, p99 and max beside them are for SQL.

CREATE TABLE run (
  key INTEGER PRIMARY KEY,
  id TEXT NOT NULL UNIQUE,           -- sorts by time
  version TEXT NOT NULL,
  host TEXT NOT NULL,
  command TEXT NOT NULL,
  scenario TEXT NOT NULL,            -- the plan's name
  plan TEXT NOT NULL,                -- JSON, complete
  ending TEXT NOT NULL,              -- unfinished, completed, interrupted, stopped, failed
  end_signal INTEGER NOT NULL,
  end_reason TEXT NOT NULL,
  stop_mono_ns INTEGER,              -- NULL: no stop was recorded
  wire_captured INTEGER NOT NULL DEFAULT 0,
  dropped_load INTEGER NOT NULL DEFAULT 0,   -- records that a full ring threw away
  dropped_probe INTEGER NOT NULL DEFAULT 0,
  dropped_wire INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE note (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  text TEXT NOT NULL,
  PRIMARY KEY (run, position)
) WITHOUT ROWID;

CREATE TABLE anchor (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  mono_ns INTEGER NOT NULL,
  wall_ns INTEGER NOT NULL
);
CREATE INDEX anchor_by_run ON anchor(run, mono_ns);

-- One load on one worker during one second. offered = started + missed.
CREATE TABLE load_interval (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  load INTEGER NOT NULL,             -- index into the plan's loads
  worker INTEGER NOT NULL,
  start_mono_ns INTEGER NOT NULL,
  length_ns INTEGER NOT NULL,
  offered INTEGER NOT NULL,
  started INTEGER NOT NULL,
  completed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  missed INTEGER NOT NULL,
  connects INTEGER NOT NULL,
  connect_failures INTEGER NOT NULL,
  bytes_in INTEGER NOT NULL,
  bytes_out INTEGER NOT NULL,
  error_connect INTEGER NOT NULL,
  error_timeout INTEGER NOT NULL,
  error_reset INTEGER NOT NULL,
  error_tls INTEGER NOT NULL,
  error_protocol INTEGER NOT NULL,
  error_http_4xx INTEGER NOT NULL,
  error_http_5xx INTEGER NOT NULL,
  in_flight INTEGER NOT NULL,        -- at the end of the second
  latency_p50_ns INTEGER NOT NULL,
  latency_p99_ns INTEGER NOT NULL,
  latency_max_ns INTEGER NOT NULL,
  service_p50_ns INTEGER NOT NULL,
  service_p99_ns INTEGER NOT NULL,
  service_max_ns INTEGER NOT NULL,
  latency BLOB NOT NULL,             -- from the intended start
  service BLOB NOT NULL              -- from the send
);
CREATE INDEX load_interval_by_run ON load_interval(run, load, start_mono_ns);

CREATE TABLE client_interval (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  worker INTEGER NOT NULL,
  start_mono_ns INTEGER NOT NULL,
  length_ns INTEGER NOT NULL,
  busy_ns INTEGER NOT NULL,
  cpu_ns INTEGER NOT NULL,
  starved INTEGER NOT NULL,
  loop_lag_p99_ns INTEGER NOT NULL,
  schedule_lag_p99_ns INTEGER NOT NULL,
  loop_lag BLOB NOT NULL,
  schedule_lag BLOB NOT NULL
);
CREATE INDEX client_interval_by_run ON client_interval(run, start_mono_ns);

CREATE TABLE probe_result (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  probe INTEGER NOT NULL,            -- index into the plan's probes
  start_mono_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL,
  success INTEGER NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL,
  resolve_ns INTEGER NOT NULL,
  connect_ns INTEGER NOT NULL,
  tls_ns INTEGER NOT NULL,
  processing_ns INTEGER NOT NULL,
  transfer_ns INTEGER NOT NULL,
  status INTEGER NOT NULL
);
CREATE INDEX probe_result_by_run ON probe_result(run, start_mono_ns);

CREATE TABLE scrape_result (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  scrape INTEGER NOT NULL,           -- index into the plan's scrapes
  start_mono_ns INTEGER NOT NULL,
  duration_ns INTEGER NOT NULL,
  up INTEGER NOT NULL,
  reason TEXT NOT NULL,
  detail TEXT NOT NULL
);
CREATE INDEX scrape_result_by_run ON scrape_result(run, start_mono_ns);

-- What a scrape kept: joined to scrape_result by run, scrape and start_mono_ns.
CREATE TABLE series_sample (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  scrape INTEGER NOT NULL,
  start_mono_ns INTEGER NOT NULL,
  series TEXT NOT NULL,              -- name{label="value"}, labels by name, values escaped; as the page
                                     -- had it in runs of before schema 7
  value REAL                         -- NULL: not a number
);
CREATE INDEX series_sample_by_run ON series_sample(run, start_mono_ns);

CREATE TABLE wire_interval (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  start_wall_ns INTEGER NOT NULL,
  length_ns INTEGER NOT NULL,
  packets INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  own_packets INTEGER NOT NULL,
  own_bytes INTEGER NOT NULL,
  syn INTEGER NOT NULL,
  own_syn INTEGER NOT NULL,
  syn_ack INTEGER NOT NULL,
  handshakes INTEGER NOT NULL,
  other_handshakes INTEGER NOT NULL,
  rst INTEGER NOT NULL,
  retransmits INTEGER NOT NULL,
  icmp_echo INTEGER NOT NULL,
  flows_opened INTEGER NOT NULL,
  flows_closed INTEGER NOT NULL,
  handshake_rtt_p50_ns INTEGER NOT NULL,
  dropped_kernel INTEGER NOT NULL,
  dropped_interface INTEGER NOT NULL
);
CREATE INDEX wire_interval_by_run ON wire_interval(run, start_wall_ns);

CREATE TABLE detection (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  at_wall_ns INTEGER NOT NULL,
  gid INTEGER NOT NULL,
  sid INTEGER NOT NULL,
  rev INTEGER NOT NULL,
  severity INTEGER NOT NULL,         -- 1 is the worst
  msg TEXT NOT NULL,
  category TEXT NOT NULL,
  source BLOB NOT NULL,              -- address, 4 or 16 bytes
  source_port INTEGER NOT NULL,
  destination BLOB NOT NULL,
  destination_port INTEGER NOT NULL,
  proto INTEGER NOT NULL,
  owner TEXT NOT NULL,               -- other, load, probe, canary
  flow_id INTEGER NOT NULL
);
CREATE INDEX detection_by_run ON detection(run, at_wall_ns);

CREATE TABLE canary_sent (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  sid INTEGER NOT NULL,
  at_mono_ns INTEGER NOT NULL,
  delivered INTEGER NOT NULL
);
CREATE INDEX canary_sent_by_run ON canary_sent(run, at_mono_ns);

-- What stood at the stop.
CREATE TABLE load_finish (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  load INTEGER NOT NULL,
  in_flight INTEGER NOT NULL,
  oldest_in_flight_ns INTEGER NOT NULL,
  PRIMARY KEY (run, load)
) WITHOUT ROWID;

CREATE TABLE wire_total (
  run INTEGER PRIMARY KEY REFERENCES run(key) ON DELETE CASCADE,
  packets INTEGER NOT NULL,
  bytes INTEGER NOT NULL,
  dropped_kernel INTEGER NOT NULL,
  dropped_interface INTEGER NOT NULL,
  invalid INTEGER NOT NULL,
  flows INTEGER NOT NULL,
  flows_evicted INTEGER NOT NULL,
  stream_gaps INTEGER NOT NULL,
  alerts_suppressed INTEGER NOT NULL,
  rules_loaded INTEGER NOT NULL,
  rules_failed INTEGER NOT NULL
);
