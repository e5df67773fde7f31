package telemetry

import (
	"context"
	"errors"
	"math"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// Registry is where numbers are gathered.
type Registry = prometheus.Registry

// NewRegistry is a fresh registry with what every Go process has to say.
func NewRegistry(version string) *prometheus.Registry {
	r := prometheus.NewRegistry()
	r.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	build := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "kontor_build_info", Help: "Always 1; the label says which version runs."}, []string{"version"})
	build.WithLabelValues(version).Set(1)
	r.MustRegister(build)
	return r
}

// Counter makes and registers kontor_<name>. Asking twice for one name gives the same
// counter, so that two parts may count into it. Labels never hold ids.
func Counter(r prometheus.Registerer, name, help string, labels ...string) *prometheus.CounterVec {
	return register(r, prometheus.NewCounterVec(prometheus.CounterOpts{Name: "kontor_" + name, Help: help}, labels))
}

// Gauge makes and registers kontor_<name>.
func Gauge(r prometheus.Registerer, name, help string, labels ...string) *prometheus.GaugeVec {
	return register(r, prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "kontor_" + name, Help: help}, labels))
}

// Histogram makes and registers kontor_<name> for durations in seconds, from 1 ms to 10 s.
func Histogram(r prometheus.Registerer, name, help string, labels ...string) *prometheus.HistogramVec {
	return register(r, prometheus.NewHistogramVec(prometheus.HistogramOpts{
		Name: "kontor_" + name, Help: help,
		Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10},
	}, labels))
}

// Ask makes and registers the gauge kontor_<name>, which is asked for whenever somebody looks.
func Ask(r prometheus.Registerer, name, help string, ask func(context.Context) (float64, error)) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "kontor_" + name, Help: help}, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		v, err := ask(ctx)
		if err != nil {
			return math.NaN()
		}
		return v
	}))
}

func register[C prometheus.Collector](r prometheus.Registerer, c C) C {
	var twice prometheus.AlreadyRegisteredError
	switch err := r.Register(c); {
	case err == nil:
		return c
	case errors.As(err, &twice):
		if old, ok := twice.ExistingCollector.(C); ok {
			return old
		}
		panic(err) // one name for two kinds of numbers: a programmer's mistake, at start-up
	default:
		panic(err)
	}
}

// WatchPool reports how busy a database pool is.
func WatchPool(r prometheus.Registerer, name string, pool *pgxpool.Pool) {
	label := prometheus.Labels{"pool": name}
	gauge := func(n, help string, f func(*pgxpool.Stat) float64) {
		r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "kontor_pg_" + n, Help: help, ConstLabels: label}, func() float64 { return f(pool.Stat()) }))
	}
	gauge("connections_in_use", "Connections that a request holds.", func(s *pgxpool.Stat) float64 { return float64(s.AcquiredConns()) })
	gauge("connections_open", "Connections, in use or not.", func(s *pgxpool.Stat) float64 { return float64(s.TotalConns()) })
	gauge("connections_max", "How many there may be.", func(s *pgxpool.Stat) float64 { return float64(s.MaxConns()) })
	count := func(n, help string, f func(*pgxpool.Stat) float64) {
		r.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: "kontor_pg_" + n, Help: help, ConstLabels: label}, func() float64 { return f(pool.Stat()) }))
	}
	count("waits_total", "Requests that had to wait for a connection.", func(s *pgxpool.Stat) float64 { return float64(s.EmptyAcquireCount()) })
	count("wait_seconds_total", "How long they waited.", func(s *pgxpool.Stat) float64 { return s.EmptyAcquireWaitTime().Seconds() })
}
