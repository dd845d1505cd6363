-- The trials of a capacity search: one rate each, and whether the limits held at it.
CREATE TABLE trial (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  position INTEGER NOT NULL,         -- from 0, by time
  rate REAL NOT NULL,                -- per second, asked for
  from_mono_ns INTEGER NOT NULL,     -- the judged part, which follows the warm-up
  to_mono_ns INTEGER NOT NULL,
  offered INTEGER NOT NULL,          -- in the judged part, as the next two
  completed INTEGER NOT NULL,
  failed INTEGER NOT NULL,
  missed INTEGER NOT NULL,           -- of the whole trial: came due and never left
  latency_p50_ns INTEGER NOT NULL,
  latency_p99_ns INTEGER NOT NULL,
  latency_max_ns INTEGER NOT NULL,
  outcome TEXT NOT NULL,             -- kept, missed, client_limited
  limited_by TEXT NOT NULL,          -- for people; empty where kept
  PRIMARY KEY (run, position)
) WITHOUT ROWID;
