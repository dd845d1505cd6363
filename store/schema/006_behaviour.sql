-- What an attack that was told from behaviour is known by, as JSON (model::to_json); '' for a rule's alert.
ALTER TABLE detection ADD COLUMN behaviour TEXT NOT NULL DEFAULT '';
