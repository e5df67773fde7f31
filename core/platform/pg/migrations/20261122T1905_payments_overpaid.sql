-- What a buyer sent beyond the order's total: it is his, on his account, not in escrow.
ALTER TABLE payments_escrows ADD COLUMN overpaid_minor bigint NOT NULL DEFAULT 0 CHECK (overpaid_minor >= 0);
