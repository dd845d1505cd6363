-- What a scrape recorded, counted: a report need not read the samples for it.
ALTER TABLE scrape_result ADD COLUMN series INTEGER NOT NULL DEFAULT 0;
ALTER TABLE scrape_result ADD COLUMN gone INTEGER NOT NULL DEFAULT 0;  -- as series_sample.gone
UPDATE scrape_result SET series = counted.series, gone = counted.gone
  FROM (SELECT run, scrape, start_mono_ns, count(*) - sum(gone) AS series, sum(gone) AS gone
        FROM series_sample GROUP BY run, scrape, start_mono_ns) AS counted
  WHERE scrape_result.run = counted.run AND scrape_result.scrape = counted.scrape
    AND scrape_result.start_mono_ns = counted.start_mono_ns;
