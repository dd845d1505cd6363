-- 1: the series left the page, or the scrape failed; the value is NULL then.
ALTER TABLE series_sample ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;
