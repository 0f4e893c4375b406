// SPDX-License-Identifier: Apache-2.0

package node

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	. "github.com/onsi/gomega"
)

// isolatedVariable makes this test binary a program that is isolated: it does what the variable names.
const isolatedVariable = "ROLLCALL_TEST_ISOLATED"

func TestMain(m *testing.M) {
	what := os.Getenv(isolatedVariable)
	if what == "" {
		os.Exit(m.Run())
	}
	prepare := func(context.Context) error { return nil }
	work := map[string]func(context.Context, string) error{"look": look, "fail": fail}[what]
	if err := Isolate(context.Background(), prepare, work); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	os.Exit(0)
}

// look says what is different inside, and leaves something behind.
func look(_ context.Context, scratch string) error {
	interfaces, err := net.Interfaces()
	if err != nil {
		return err
	}
	run, err := os.ReadDir("/run")
	if err != nil {
		return err
	}
	if err := os.WriteFile("/run/trace", nil, 0o600); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(scratch, "trace"), nil, 0o600); err != nil {
		return err
	}
	fmt.Printf("pid %d, %d files in /run, interfaces %s", os.Getppid(), len(run), interfaces[0].Name)
	fmt.Printf(", orphan %v, scratch %s\n", exec.Command("sh", "-c", "sleep 1000 & true").Run(), scratch)
	return nil
}

func fail(context.Context, string) error { return errors.New("on purpose") }

// isolated runs this test binary as a program.
func isolated(t *testing.T, what string) (string, error) {
	t.Helper()
	if missing := unmet(rights); os.Geteuid() != 0 || len(missing) > 0 {
		t.Skipf("it needs root, and %v", missing)
	}
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), isolatedVariable+"="+what)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestWorkIsIsolatedAndLeavesNoTrace(t *testing.T) {
	g := NewWithT(t)
	out, err := isolated(t, "look")
	g.Expect(err).NotTo(HaveOccurred(), out)
	g.Expect(out).To(ContainSubstring("pid 1, 0 files in /run, interfaces lo, orphan <nil>, scratch "))
	_, scratch, _ := strings.Cut(strings.TrimSpace(out), "scratch ")
	g.Expect(scratch).NotTo(BeAnExistingFile())
	g.Expect("/run/trace").NotTo(BeAnExistingFile())
}

func TestFailureOfWorkIsAFailure(t *testing.T) {
	g := NewWithT(t)
	out, err := isolated(t, "fail")
	g.Expect(err).To(HaveOccurred())
	g.Expect(out).To(ContainSubstring("on purpose"))
	g.Expect(out).To(ContainSubstring("run inside namespaces: exit status 1"))
}
