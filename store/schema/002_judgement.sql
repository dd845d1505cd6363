-- What the run was judged to be. Judging again replaces it.

CREATE TABLE result (
  run INTEGER PRIMARY KEY REFERENCES run(key) ON DELETE CASCADE,
  json TEXT NOT NULL                 -- the document of --json
);

-- Times since the run's first anchor.
CREATE TABLE verdict (
  run INTEGER NOT NULL REFERENCES run(key) ON DELETE CASCADE,
  position INTEGER NOT NULL,
  target TEXT NOT NULL,
  state TEXT NOT NULL,
  cause TEXT NOT NULL,
  impact TEXT NOT NULL,
  actor TEXT NOT NULL,
  confidence REAL,
  from_ns INTEGER NOT NULL,
  to_ns INTEGER NOT NULL,
  summary TEXT NOT NULL,
  PRIMARY KEY (run, position)
) WITHOUT ROWID;
CREATE INDEX verdict_by_cause ON verdict(cause);
