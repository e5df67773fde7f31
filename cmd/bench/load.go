package main

import (
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/valyala/fasthttp"
)

// load is a closed loop: each of so many connections asks again as soon as it was answered.
type load struct {
	addr  string
	conns int
	want  int // the only good status
	next  *atomic.Uint64
	fill  func(n uint64, r *fasthttp.Request) bool // false: there is nothing left to ask
}

// tally is what a run came to.
type tally struct {
	good, bad int
	took      time.Duration
	sample    string // the first bad answer
	latencies []time.Duration
}

func (t tally) rate() float64 {
	if t.took == 0 {
		return 0
	}
	return float64(t.good) / t.took.Seconds()
}

// quantile of the good answers' latencies, which are sorted.
func (t tally) quantile(q float64) time.Duration {
	if len(t.latencies) == 0 {
		return 0
	}
	return t.latencies[min(int(q*float64(len(t.latencies))), len(t.latencies)-1)]
}

// run asks for a while, or at most so many times where most is not 0.
func (l load) run(d time.Duration, most int) tally {
	var sum tally
	var mu sync.Mutex
	var wg sync.WaitGroup
	var asked atomic.Int64
	begun := time.Now()
	deadline := begun.Add(d)
	for range l.conns {
		wg.Go(func() {
			one := l.worker(func() bool { return time.Now().Before(deadline) && (most == 0 || asked.Add(1) <= int64(most)) })
			mu.Lock()
			defer mu.Unlock()
			sum.good, sum.bad, sum.latencies = sum.good+one.good, sum.bad+one.bad, append(sum.latencies, one.latencies...)
			if sum.sample == "" {
				sum.sample = one.sample
			}
		})
	}
	wg.Wait()
	sum.took = time.Since(begun)
	slices.Sort(sum.latencies)
	return sum
}

// worker is one keep-alive connection.
func (l load) worker(on func() bool) tally {
	var t tally
	c := fasthttp.HostClient{Addr: l.addr, MaxConns: 1, ReadTimeout: 30 * time.Second, NoDefaultUserAgentHeader: true, DisablePathNormalizing: true}
	defer c.CloseIdleConnections()
	req, res := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(res)
	for on() {
		req.Reset()
		if !l.fill(l.next.Add(1)-1, req) {
			break
		}
		begun := time.Now()
		err := c.Do(req, res)
		if err == nil && res.StatusCode() == l.want {
			t.good++
			t.latencies = append(t.latencies, time.Since(begun))
			continue
		}
		t.bad++
		if t.sample == "" {
			t.sample = fmt.Sprintf("%s %s: %d %.300s", req.Header.Method(), req.RequestURI(), res.StatusCode(), res.Body())
			if err != nil {
				t.sample = err.Error()
			}
		}
	}
	return t
}
