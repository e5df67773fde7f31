-- A letter's secret under its marketplace's own key. Letters that an earlier version left
-- waiting keep theirs in the other column, sealed with the house's secret, until they go.
ALTER TABLE notify_mails ADD COLUMN token_sealed bytea;
