// Package jobs is work that happens later: events that reach their consumers, tasks that
// were queued, and what every marketplace needs done once in a while. Everything is
// queued inside the unit of work that wants it and so commits with it or not at all. It
// also keeps the platform's record: each event leaves an audit row, and the sealer links
// audit rows and ledger entries into chains that show any later change.
package jobs
