package cells

import "github.com/kontorhq/kontor/core/fault"

// What can go wrong with cells and with moves between them.
var (
	ErrNotFound  = fault.New(fault.NotFound, "cells.cell_not_found", "There is no such cell.").Then("Add it with `kontor cell add`, or choose one of the list.")
	ErrName      = fault.New(fault.Invalid, "cells.name_malformed", "This is no name for a cell.").At(fault.Field{Path: "name", Reason: "malformed"}).Then("Small letters, digits and hyphens, beginning with a letter, thirty at most.")
	ErrAddress   = fault.New(fault.Invalid, "cells.address_malformed", "This is no address of a cell's processes.").At(fault.Field{Path: "address", Reason: "malformed"}).Then("Write it like http://10.0.0.2:8080, without a path.")
	ErrDatabase  = fault.New(fault.Invalid, "cells.database_unusable", "The cell's database cannot be used: {why}").At(fault.Field{Path: "database", Reason: "unusable"}).Then("Name an administrator's connection string of a PostgreSQL 15 or newer.")
	ErrControl   = fault.New(fault.Conflict, "cells.not_control", "Cells are managed from the cell {cell}, where the control database is.").Then("Do it there.")
	ErrSameCell  = fault.New(fault.Conflict, "cells.same_cell", "{slug} is in the cell {cell} already.").Then("Choose another cell.")
	ErrOnItsWay  = fault.New(fault.Conflict, "cells.move_underway", "{slug} is being moved already.").Then("Look at how far it is, or call it off.")
	ErrOtherWork = fault.New(fault.Conflict, "cells.other_work", "Other work on {slug} is under way ({workflow}).").Then("Wait until it is done.")
	ErrState     = fault.New(fault.Conflict, "cells.state_unmovable", "A marketplace that is {state} is not moved.").Then("Open it first, or leave it where it is.")
	ErrPlatform  = fault.New(fault.Conflict, "cells.platform_stays", "The platform itself stays where the control database is.")
	ErrTooLate   = fault.New(fault.Conflict, "cells.too_late", "This cannot be called off any more: the marketplace has moved, or the move has ended.").Then("Move it back if it should not be there.")
	ErrAborted   = fault.New(fault.Gone, "cells.move_aborted", "The move was called off; the marketplace stays where it was.").Then("Begin a new move when what was in the way is gone.")
	ErrNoMove    = fault.New(fault.NotFound, "cells.move_not_found", "There is no such move.")
	ErrTaken     = fault.New(fault.Conflict, "cells.name_taken", "A marketplace of another cell has the name or address {name}.").Then("Choose another one.")
	ErrAdmin     = fault.New(fault.Invalid, "cells.admin_missing", "This process reaches its database as a role that may not prepare it, so it can move nothing out of or into it.").Then("Start it with an administrator's connection string in KONTOR_DATABASE_URL.")
	ErrNamed     = fault.New(fault.Invalid, "cells.cell_unknown", "The control database knows no cell {cell}.").Then("Add it there with `kontor cell add {cell}`, or correct KONTOR_CELL.")
)
