// Package embedded runs PostgreSQL as a child process of Kontor, so that one command and
// no preparation give a real database: it finds (or fetches) the server's programs, makes
// a cluster in the data folder, listens on a unix socket only, and sees to it that the
// child neither outlives nor is orphaned by its parent. It never deletes a data folder.
package embedded
