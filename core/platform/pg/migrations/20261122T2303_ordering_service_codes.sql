-- A service is kept by its code; its words are the reader's.
UPDATE ordering_orders SET freight_service = 'seller' WHERE freight_service = 'delivered by the seller';
