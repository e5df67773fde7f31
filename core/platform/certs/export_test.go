package certs

import "context"

// Obtain is what a handshake leads to, without what the library shares within a process.
func (m *Manager) Obtain(ctx context.Context, host string) error {
	return m.serving.ObtainCertAsync(ctx, host)
}
