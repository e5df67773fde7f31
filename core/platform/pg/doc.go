// Package pg is the only room that opens a database. It binds every statement to the
// caller's tenant: a unit of work is one transaction with the tenant set for its length
// (Do, with GORM by Tx and pgx by Conn on the same connection), a page's reads are one
// pipelined round trip (Read), and tables that have no tenant are written by a role of
// their own (Control). Row-level security does the rest, and forgets nobody.
package pg
