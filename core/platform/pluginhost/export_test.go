package pluginhost

import "context"

// Touch is the emptiest call that a process answers, by the same connection as all others.
func (h *Host) Touch(ctx context.Context, plugin string) error {
	g, _, _ := h.fleet.of(berth{plugin: plugin}).serving()
	_, err := g.client.Health(ctx)
	return err
}
