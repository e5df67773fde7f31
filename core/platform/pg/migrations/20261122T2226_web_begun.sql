-- What a request with this key has begun, for requests that take several transactions: who
-- repeats one that was cut off goes on with it instead of starting another.
ALTER TABLE web_idempotency ADD COLUMN begun text NOT NULL DEFAULT '';
