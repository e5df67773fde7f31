package pg

// MigrateFiles lets tests migrate from files of their own.
var MigrateFiles = migrate

// As lets tests see how another role's connection string is made.
var As = as
