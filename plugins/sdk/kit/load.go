package kit

import (
	"context"
	"fmt"
	"sync"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func loadChecks() []Check {
	return []Check{
		{Name: "core.health.under_load_1s", Level: Must, Rule: "Health is answered within a second while 64 calls run.", do: healthUnderLoad},
		{Name: "core.concurrency.64x100_tenants", Level: Must, Rule: "64 callers of a hundred tenants at once get what one caller gets.", do: manyTenants},
	}
}

// crowd makes calls from 64 callers until stop; what goes wrong arrives in the channel.
// It returns when all of them are at it.
func (p *probe) crowd(g *plug, all []ask) (stop func() error) {
	ctx, cancel := context.WithCancel(p)
	var wg, at sync.WaitGroup
	failed := make(chan error, 64)
	at.Add(64)
	defer at.Wait()
	for n := range 64 {
		wg.Go(func() {
			c := p.call("")
			arrived := sync.OnceFunc(at.Done)
			defer arrived()
			for ctx.Err() == nil {
				if _, err := all[n%len(all)].of(ctx, g, c); err != nil && ctx.Err() == nil {
					failed <- err
					return
				}
				arrived()
			}
		})
	}
	return func() error {
		cancel()
		wg.Wait()
		select {
		case err := <-failed:
			return err
		default:
			return nil
		}
	}
}

func healthUnderLoad(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	stop := p.crowd(g, all)
	err = punctual(p, time.Second, func(ctx context.Context) error {
		_, err := g.life.Health(ctx, &wire.HealthRequest{})
		return err
	})
	if serr := stop(); err == nil {
		err = serr
	}
	return err
}

// manyTenants configures a hundred and asks for all of them at once.
func manyTenants(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	var tenants []*wire.TenantConfig
	for i := range 100 {
		tenants = append(tenants, p.tenant(fmt.Sprintf("00000000-0000-7000-8000-%012d", i), fmt.Sprintf("00000000-0000-7000-9000-%012d", i)))
	}
	if err := g.configure(p, tenants...); err != nil {
		return err
	}
	want := make([]proto.Message, len(all))
	for i, a := range all {
		if want[i], err = a.of(p, g, p.call("")); err != nil {
			return err
		}
	}
	var wg sync.WaitGroup
	failed := make(chan error, 64)
	for n := range 64 {
		wg.Go(func() {
			for i := range 8 {
				t := tenants[(n+i*13)%len(tenants)]
				for k, a := range all {
					got, err := a.of(p, g, p.callOf(t.GetTenantId(), t.GetInstallationId(), ""))
					if err == nil {
						if d := differ(want[k], got); d != "" {
							err = fmt.Errorf("%s for one of many tenants: %s", a.name, d)
						}
					}
					if err != nil {
						failed <- err
						return
					}
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}
