package party

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"sync"
	"time"
)

// Faults make a party misbehave on demand, the way outside parties do by themselves.
type Faults struct {
	mu   sync.Mutex
	next []fault
}

type fault struct {
	Mode    string `json:"mode"`  // drop_before, drop_after, down, delay
	Count   int    `json:"count"` // requests it applies to
	DelayMS int    `json:"delay_ms"`
}

// ServeHTTP takes an order for faults: POST {"mode","count","delay_ms"}.
func (f *Faults) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	var in fault
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 4096)).Decode(&in); err != nil {
		Refuse(w, http.StatusBadRequest, "malformed", err.Error())
		return
	}
	f.mu.Lock()
	f.next = append(f.next, in)
	f.mu.Unlock()
	w.WriteHeader(http.StatusNoContent)
}

func (f *Faults) take() fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.next) == 0 {
		return fault{}
	}
	got := f.next[0]
	if f.next[0].Count--; f.next[0].Count <= 0 {
		f.next = f.next[1:]
	}
	return got
}

// Wrap applies what was ordered. drop_after is the worst: the party has acted, and nobody
// hears of it.
func (f *Faults) Wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ft := f.take()
		switch ft.Mode {
		case "down":
			Refuse(w, http.StatusServiceUnavailable, "down", "out of order")
		case "drop_before":
			panic(http.ErrAbortHandler)
		case "drop_after":
			next.ServeHTTP(httptest.NewRecorder(), r)
			panic(http.ErrAbortHandler)
		case "delay":
			rec := httptest.NewRecorder()
			next.ServeHTTP(rec, r)
			time.Sleep(time.Duration(ft.DelayMS) * time.Millisecond)
			w.Header().Set("Content-Type", rec.Header().Get("Content-Type"))
			w.WriteHeader(rec.Code)
			w.Write(rec.Body.Bytes()) //nolint:errcheck // the client may be gone, which is the point
		default:
			next.ServeHTTP(w, r)
		}
	})
}

// Answer writes JSON.
func Answer(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	json.NewEncoder(w).Encode(v) //nolint:errcheck
}

// Refuse writes a refusal with a stable word.
func Refuse(w http.ResponseWriter, status int, code, detail string) {
	Answer(w, status, map[string]string{"code": code, "detail": detail})
}
