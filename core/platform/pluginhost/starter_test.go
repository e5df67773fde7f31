package pluginhost

import (
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// The kernel ends what a thread has started together with the thread, and Go lends its
// threads around: ours may have started a database before it was ours.
func TestClosingAHostEndsNoThread(t *testing.T) {
	t.Parallel()
	for range 10 { // the first thread of a program is never ended, and may be the one
		s := newStarter()
		c := exec.Command("/bin/sleep", "60")
		c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
		if err := s.do(c.Start); err != nil {
			t.Fatal(err)
		}
		s.close()
		time.Sleep(20 * time.Millisecond)
		var status syscall.WaitStatus
		if pid, err := syscall.Wait4(c.Process.Pid, &status, syscall.WNOHANG, nil); err != nil || pid != 0 {
			t.Fatalf("it has ended: %v, %v", status, err)
		}
		_ = c.Process.Kill()
		_ = c.Wait()
	}
}
