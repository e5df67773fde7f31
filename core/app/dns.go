package app

import (
	"context"
	"errors"
	"net"
	"time"
)

// dns asks the world's name servers, or those that the configuration names.
type dns struct{ *net.Resolver }

const dnsTimeout = 5 * time.Second

// newDNS uses the machine's resolver, or the server at an address "host:port".
func newDNS(server string) dns {
	if server == "" {
		return dns{&net.Resolver{}}
	}
	return dns{&net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, server)
	}}}
}

// TXT implements tenancy.Resolver.
func (d dns) TXT(ctx context.Context, name string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, dnsTimeout)
	defer cancel()
	txt, err := d.LookupTXT(ctx, name+".") // the whole name: no search domains
	var lost *net.DNSError
	if errors.As(err, &lost) && lost.IsNotFound {
		return nil, nil
	}
	return txt, err
}
