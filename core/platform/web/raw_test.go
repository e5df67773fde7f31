package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/valyala/fasthttp"
)

func rawContext(method, path, host string) *fasthttp.RequestCtx {
	var req fasthttp.Request
	req.Header.SetMethod(method)
	req.SetRequestURI(path)
	req.Header.SetHost(host)
	ctx := &fasthttp.RequestCtx{}
	ctx.Init(&req, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}, nil)
	return ctx
}

// listen serves on a real port, for what only a connection shows.
func (w *town) listen(t testing.TB) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = w.Serve(ln) }()
	t.Cleanup(func() {
		_ = w.app.ShutdownWithTimeout(2 * time.Second)
		w.cancel()
		<-done
	})
	return ln.Addr().String()
}

// say writes bytes to the server and reads the first answer.
func say(t testing.TB, addr, text string) (int, string) {
	t.Helper()
	c, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	if _, err := io.WriteString(c, text); err != nil {
		t.Fatal(err)
	}
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Fatalf("no answer: %v", err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}

func TestRequestsThatCanBeReadTwoWaysAreRefused(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	addr := w.listen(t)
	head := "POST " + rfqPath + " HTTP/1.1\r\n"
	common := "Host: steel.localhost\r\nAuthorization: Bearer buyer@steel\r\nContent-Type: application/json\r\nIdempotency-Key: x\r\n"
	for _, tt := range []struct {
		name, text string
		status     int
		code       string
	}{
		{"two hosts", head + "Host: pharma.localhost\r\n" + common + "Content-Length: 2\r\n\r\n{}", 400, "http.unreadable"},
		{"no host", "GET /api/v1/items HTTP/1.1\r\n\r\n", 400, "http.unreadable"},
		{"length and chunks", head + common + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 400, "http.framing_ambiguous"},
		{"two lengths", head + common + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, "http.unreadable"},
		{"a gigabyte", head + common + "Content-Length: 1073741824\r\n\r\n{", 413, "http.body_too_large"},
		{"chunks without end", head + common + "Transfer-Encoding: chunked\r\n\r\n200000\r\n" + strings.Repeat("x", 1<<10), 413, "http.body_too_large"},
		{"a head of 64 kB", "GET /api/v1/items HTTP/1.1\r\nHost: steel.localhost\r\nX-A: " + strings.Repeat("a", 64<<10) + "\r\n\r\n", 431, "http.head_too_large"},
		{"an unknown method", "BREW /api/v1/items HTTP/1.1\r\nHost: steel.localhost\r\n\r\n", 405, "http.method_not_allowed"},
		{"TRACE", "TRACE /api/v1/items HTTP/1.1\r\nHost: steel.localhost\r\n\r\n", 405, "http.method_not_allowed"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, body := say(t, addr, tt.text)
			if status != tt.status || !strings.Contains(body, `"code":"`+tt.code+`"`) {
				t.Errorf("got %d %s, want %d %s", status, body, tt.status, tt.code)
			}
			if n := w.mem.stored(); n != 0 {
				t.Errorf("%d things were stored", n)
			}
		})
	}
}

// A large body is for those who could be somebody; a stranger's is not even read.
func TestStrangersUploadNothing(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, Page("POST", "/files", "test.rfq.write", func(context.Context, *Visit) (Answer, error) { return NoContent(), nil }, MaxBody(8<<20)))
	addr := w.listen(t)
	head := "POST /files HTTP/1.1\r\nHost: steel.localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 2000000\r\n"
	if status, _ := say(t, addr, head+"\r\n"); status != 413 {
		t.Errorf("a stranger: %d", status)
	}
	if status, body := say(t, addr, head+"Cookie: kontor=buyer@steel\r\n\r\na="+strings.Repeat("x", 2000000-2)); status != 403 {
		t.Errorf("a buyer without a form's token: %d %s", status, body)
	}
}

// The connection must survive many requests: huma's own read deadline would end it.
func TestKeepAliveConnectionsLive(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	c, err := net.Dial("tcp", w.listen(t))
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	r := bufio.NewReader(c)
	for i := range 3 {
		body := fmt.Sprintf(`{"title":"Beams %d","lines":[]}`, i)
		fmt.Fprintf(c, "POST %s HTTP/1.1\r\nHost: steel.localhost\r\nAuthorization: Bearer buyer@steel\r\nContent-Type: application/json\r\nIdempotency-Key: k%d\r\nContent-Length: %d\r\n\r\n%s", rfqPath, i, len(body), body)
		res, err := http.ReadResponse(r, nil)
		if err != nil {
			t.Fatalf("request %d: %v", i, err)
		}
		b, _ := io.ReadAll(res.Body)
		if res.StatusCode != 201 {
			t.Fatalf("%d %s", res.StatusCode, b)
		}
	}
}

// Stopping waits for who is being served and ends streams.
func TestShutdownLetsARunningRequestFinish(t *testing.T) {
	t.Parallel()
	inside, leave := make(chan struct{}), make(chan struct{})
	w := newTown(t, nil, Get("/slow", "test.item.view", func(ctx context.Context, _ *struct{}) (rfqView, error) {
		close(inside)
		<-leave
		return rfqView{Title: "done"}, ctx.Err()
	}))
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- w.Serve(ln) }()
	answer := make(chan string, 1)
	go func() {
		_, body := say(t, ln.Addr().String(), "GET /api/v1/slow HTTP/1.1\r\nHost: steel.localhost\r\n\r\n")
		answer <- body
	}()
	<-inside
	stopped := make(chan error, 1)
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	go func() { stopped <- w.Shutdown(ctx) }()
	time.Sleep(20 * time.Millisecond)
	close(leave)
	if body := <-answer; !strings.Contains(body, "done") {
		t.Errorf("cut off: %s", body)
	}
	if err := <-stopped; err != nil {
		t.Error(err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
