// Package pluginhost launches plugins, watches them and starts them again, and presents
// them as the ports that contexts declare. The library below it does launch, handshake and
// transport encryption; deadlines, killing, restarts and clean-up are done here, because
// two of its calls wait for ever on a process that stands still.
package pluginhost
