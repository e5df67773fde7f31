-- A draft has no number: numbers are spent on publication, so that they run without gaps
-- from the reader's side. end_note is why a request was cancelled.
ALTER TABLE sourcing_rfqs ALTER COLUMN number DROP NOT NULL;
ALTER TABLE sourcing_rfqs ADD COLUMN end_note text NOT NULL DEFAULT '';
-- A line asked for by the piece may be priced by the tonne: qty stays in the unit of the
-- request, the price has its own, and what relates the two is frozen with the quote.
ALTER TABLE sourcing_quote_lines
  ADD COLUMN price_unit text NOT NULL DEFAULT '',
  ADD COLUMN basis text NOT NULL DEFAULT 'piece' CHECK (basis IN ('piece','theoretical','weighed')),
  ADD COLUMN measure_unit text NOT NULL DEFAULT '',
  ADD COLUMN kg_per_unit_micro bigint NOT NULL DEFAULT 0;
ALTER TABLE sourcing_award_lines ADD FOREIGN KEY (tenant_id, rfq_line_id) REFERENCES sourcing_rfq_lines (tenant_id, id);
CREATE INDEX ON sourcing_award_lines (tenant_id, rfq_line_id);
