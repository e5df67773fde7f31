// Package apptest puts a whole house up for tests: a database of its own, the marketplaces
// cut small, the plugins as processes, a bank and a carrier that are simulated, and the
// edge on a port. It is built once per test package and shared by its tests.
//
//	func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }
//
//	h := apptest.New(t)
//	buyer := h.Client(t, "steel", "buyer@steel.example")
package apptest
