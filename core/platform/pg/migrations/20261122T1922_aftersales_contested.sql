-- A claim that the seller refuses is contested, not over: the buyer may give in, or the
-- operator decides. Escrow waits for open and contested ones alike.
ALTER TABLE aftersales_claims DROP CONSTRAINT aftersales_claims_state_check;
ALTER TABLE aftersales_claims ADD CONSTRAINT aftersales_claims_state_check CHECK (state IN ('open','contested','accepted','rejected','withdrawn'));
CREATE INDEX aftersales_claims_state ON aftersales_claims (tenant_id, state, id);
