package pg

// MigrateFiles lets tests migrate from files of their own.
var MigrateFiles = migrate
