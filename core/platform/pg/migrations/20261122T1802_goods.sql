-- catalog: what is traded and by whom; pricing; inventory.
CREATE TABLE catalog_categories (
  tenant_id uuid NOT NULL, id uuid NOT NULL, parent_id uuid, slug text NOT NULL, path text NOT NULL, -- "sections/h-beams"
  names jsonb NOT NULL, attributes text[] NOT NULL DEFAULT '{}', position int NOT NULL DEFAULT 0, picture text NOT NULL DEFAULT '',
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, slug), UNIQUE (tenant_id, path),
  FOREIGN KEY (tenant_id, parent_id) REFERENCES catalog_categories (tenant_id, id)
);
CREATE INDEX ON catalog_categories (tenant_id, parent_id);
-- facet: none, terms (text) or range (number with unit).
CREATE TABLE catalog_attributes (
  tenant_id uuid NOT NULL, key text NOT NULL, names jsonb NOT NULL,
  type text NOT NULL CHECK (type IN ('text','number','enum','bool','date')), unit text NOT NULL DEFAULT '',
  facet text NOT NULL DEFAULT 'none' CHECK (facet IN ('none','terms','range')), position int NOT NULL DEFAULT 0, options jsonb NOT NULL DEFAULT '[]',
  PRIMARY KEY (tenant_id, key)
);
-- attributes: {"h":"200","grade":"Q355B"}: every value is text; numbers are exact decimals.
-- tsv holds CJK bigrams and words made by the application; served by srch functions only.
CREATE TABLE catalog_items (
  tenant_id uuid NOT NULL, id uuid NOT NULL, category_id uuid NOT NULL, sku text NOT NULL,
  names jsonb NOT NULL, descriptions jsonb NOT NULL DEFAULT '{}', brand text NOT NULL DEFAULT '',
  attributes jsonb NOT NULL DEFAULT '{}', unit text NOT NULL, kg_per_unit_micro bigint NOT NULL DEFAULT 0,
  regulated text NOT NULL DEFAULT '', -- e.g. a DEA schedule, "CII"
  picture text NOT NULL DEFAULT '', state text NOT NULL CHECK (state IN ('draft','review','published','retired')),
  seller_id uuid, -- who submitted it, if a seller did
  tsv tsvector NOT NULL DEFAULT '', created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, sku),
  FOREIGN KEY (tenant_id, category_id) REFERENCES catalog_categories (tenant_id, id)
);
CREATE INDEX catalog_items_category ON catalog_items (tenant_id, category_id, state, id);
CREATE INDEX catalog_items_tsv ON catalog_items USING gin (tenant_id, tsv) WITH (fastupdate = off);
-- One row per facetted value of an item: narrow, and its comparisons work under row-level security.
CREATE TABLE catalog_facets (
  tenant_id uuid NOT NULL, item_id uuid NOT NULL, key text NOT NULL, term text NOT NULL DEFAULT '', num_micro bigint,
  PRIMARY KEY (tenant_id, item_id, key, term),
  FOREIGN KEY (tenant_id, item_id) REFERENCES catalog_items (tenant_id, id) ON DELETE CASCADE
);
CREATE INDEX catalog_facets_term ON catalog_facets (tenant_id, key, term, item_id);
CREATE INDEX catalog_facets_num ON catalog_facets (tenant_id, key, num_micro, item_id);
CREATE TABLE catalog_offers (
  tenant_id uuid NOT NULL, id uuid NOT NULL, item_id uuid NOT NULL, seller_id uuid NOT NULL, seller_sku text NOT NULL,
  unit text NOT NULL, moq_micro bigint NOT NULL, step_micro bigint NOT NULL, lead_days int NOT NULL, incoterm text NOT NULL DEFAULT '',
  currency text NOT NULL, basis text NOT NULL DEFAULT 'piece' CHECK (basis IN ('piece','theoretical','weighed')),
  state text NOT NULL CHECK (state IN ('draft','published','paused','withdrawn')), note text NOT NULL DEFAULT '',
  created_at timestamptz NOT NULL, updated_at timestamptz NOT NULL, version bigint NOT NULL DEFAULT 1,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, seller_id, seller_sku),
  FOREIGN KEY (tenant_id, item_id) REFERENCES catalog_items (tenant_id, id),
  FOREIGN KEY (tenant_id, seller_id) REFERENCES parties_orgs (tenant_id, id)
);
CREATE INDEX catalog_offers_item ON catalog_offers (tenant_id, item_id, state);
CREATE TABLE catalog_documents (
  tenant_id uuid NOT NULL, id uuid NOT NULL, item_id uuid, offer_id uuid,
  kind text NOT NULL CHECK (kind IN ('mill_certificate','coa','sds','datasheet','other')), title text NOT NULL,
  blob_id uuid NOT NULL, lot text NOT NULL DEFAULT '', valid_to date,
  PRIMARY KEY (tenant_id, id),
  FOREIGN KEY (tenant_id, item_id) REFERENCES catalog_items (tenant_id, id),
  FOREIGN KEY (tenant_id, offer_id) REFERENCES catalog_offers (tenant_id, id),
  FOREIGN KEY (tenant_id, blob_id) REFERENCES blob_objects (tenant_id, id)
);
CREATE INDEX ON catalog_documents (tenant_id, item_id);
CREATE INDEX ON catalog_documents (tenant_id, offer_id);
CREATE INDEX ON catalog_documents (tenant_id, blob_id);

-- buyer_id is the nil UUID for the public price, a company's id for its contract price.
CREATE TABLE pricing_prices (
  tenant_id uuid NOT NULL, id uuid NOT NULL, offer_id uuid NOT NULL,
  buyer_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  min_qty_micro bigint NOT NULL, unit text NOT NULL, price_micro bigint NOT NULL CHECK (price_micro > 0), currency text NOT NULL,
  valid_from timestamptz NOT NULL, valid_to timestamptz,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, offer_id, buyer_id, min_qty_micro, valid_from),
  FOREIGN KEY (tenant_id, offer_id) REFERENCES catalog_offers (tenant_id, id)
);
-- The price board: one closing price per family and day.
CREATE TABLE pricing_indices (
  tenant_id uuid NOT NULL, key text NOT NULL, day date NOT NULL, price_micro bigint NOT NULL, currency text NOT NULL, unit text NOT NULL, source text NOT NULL,
  PRIMARY KEY (tenant_id, key, day)
);

CREATE TABLE inventory_warehouses (
  tenant_id uuid NOT NULL, id uuid NOT NULL, org_id uuid NOT NULL, code text NOT NULL, name text NOT NULL, country text NOT NULL, city text NOT NULL,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, org_id, code),
  FOREIGN KEY (tenant_id, org_id) REFERENCES parties_orgs (tenant_id, id)
);
CREATE TABLE inventory_lots (
  tenant_id uuid NOT NULL, id uuid NOT NULL, offer_id uuid NOT NULL, number text NOT NULL, made_on date, expires_on date,
  PRIMARY KEY (tenant_id, id), UNIQUE (tenant_id, offer_id, number),
  FOREIGN KEY (tenant_id, offer_id) REFERENCES catalog_offers (tenant_id, id)
);
-- Narrow on purpose: it is written on every order, and must not disturb the item's row.
-- lot_id is the nil UUID where the goods have no lots. Unit: the offer's.
CREATE TABLE inventory_stock (
  tenant_id uuid NOT NULL, offer_id uuid NOT NULL, warehouse_id uuid NOT NULL,
  lot_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
  on_hand_micro bigint NOT NULL CHECK (on_hand_micro >= 0),
  reserved_micro bigint NOT NULL DEFAULT 0 CHECK (reserved_micro >= 0 AND reserved_micro <= on_hand_micro),
  PRIMARY KEY (tenant_id, offer_id, warehouse_id, lot_id),
  FOREIGN KEY (tenant_id, offer_id) REFERENCES catalog_offers (tenant_id, id),
  FOREIGN KEY (tenant_id, warehouse_id) REFERENCES inventory_warehouses (tenant_id, id)
) WITH (fillfactor = 80);
CREATE INDEX ON inventory_stock (tenant_id, warehouse_id);
CREATE TABLE inventory_movements (
  tenant_id uuid NOT NULL, id uuid NOT NULL, offer_id uuid NOT NULL, warehouse_id uuid NOT NULL, lot_id uuid NOT NULL,
  kind text NOT NULL CHECK (kind IN ('opening','receipt','reserve','release','ship','adjust')),
  on_hand_micro bigint NOT NULL, reserved_micro bigint NOT NULL, -- signed changes
  ref_kind text NOT NULL, ref_id text NOT NULL, at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX ON inventory_movements (tenant_id, offer_id, id);
CREATE INDEX ON inventory_movements (tenant_id, ref_kind, ref_id);
CREATE TABLE inventory_holds (
  tenant_id uuid NOT NULL, id uuid NOT NULL, offer_id uuid NOT NULL, warehouse_id uuid NOT NULL, lot_id uuid NOT NULL,
  qty_micro bigint NOT NULL CHECK (qty_micro > 0), ref_kind text NOT NULL, ref_id text NOT NULL, -- order line
  state text NOT NULL CHECK (state IN ('held','shipped','released')), expires_at timestamptz, at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX ON inventory_holds (tenant_id, ref_kind, ref_id);
CREATE INDEX ON inventory_holds (tenant_id, state, expires_at);
SELECT kontor_tenant_table(t) FROM unnest(ARRAY['catalog_categories','catalog_attributes','catalog_items','catalog_facets','catalog_offers',
  'catalog_documents','pricing_prices','pricing_indices','inventory_warehouses','inventory_lots','inventory_stock','inventory_movements','inventory_holds']::regclass[]) t;
