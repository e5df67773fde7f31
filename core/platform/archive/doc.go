// Package archive takes a tenant's data out of the database and puts it back: every table
// that has a tenant, found in the database's own catalogue, as one line of JSON per row; the
// files beside them; and a manifest that says what there must be, to the byte. It also
// empties a deleted tenant's tables, and takes out of rows who somebody is.
package archive
