-- What freight was rated for. A checkout from before has '' and so was rated for nowhere
-- known: its goods can still be collected, and delivery is rated again.
ALTER TABLE ordering_checkouts
  ADD COLUMN to_city text NOT NULL DEFAULT '',
  ADD COLUMN to_country text NOT NULL DEFAULT '';
