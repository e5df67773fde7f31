package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/spf13/cobra"

	"github.com/kontorhq/kontor/core/platform/pluginhost/bundle"
)

// publishToken names the variable that holds a key of the platform's API.
const publishToken = "KONTOR_TOKEN"

func publishCmd() *cobra.Command {
	var to string
	var try bool
	c := &cobra.Command{
		Use: "publish PACKAGE", Short: "Upload a signed package to a platform", Args: cobra.ExactArgs(1),
		Long: "Uploads a package to the platform at --to, with the API key in " + publishToken + ", which has the scope plugins.artifact.manage. It is approved by people.",
		RunE: func(cmd *cobra.Command, args []string) error { return publish(cmd, args[0], to, try) },
	}
	c.Flags().StringVar(&to, "to", "", "the platform's address, such as https://platform.example.com")
	c.Flags().BoolVar(&try, "try", false, "have it tried at once")
	_ = c.MarkFlagRequired("to")
	return c
}

func publish(cmd *cobra.Command, path, to string, try bool) error {
	body, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	p, err := bundle.Check(bytes.NewReader(body)) // what is broken is told before it travels
	if err != nil {
		return err
	}
	if len(p.Signature) == 0 {
		return bundle.ErrUnsigned
	}
	var a struct{ Digest, State string }
	if err := send(cmd.Context(), to, "/platform/plugin-artifacts", map[string]any{"package": body}, &a); err != nil {
		return err
	}
	fmt.Fprintf(cmd.OutOrStdout(), "%s %s is there: %s\n", p.Manifest.ID, p.Manifest.Version, a.Digest)
	if try && a.State == "verified" {
		if err := send(cmd.Context(), to, "/platform/plugin-artifacts/"+a.Digest+"/try", map[string]any{}, &a); err != nil {
			return err
		}
	}
	fmt.Fprintln(cmd.OutOrStdout(), "it is", a.State)
	return nil
}

// uploadFor is how long 64 MB may take over a slow line.
const uploadFor = 10 * time.Minute

func send(ctx context.Context, to, path string, in, out any) error {
	b, err := json.Marshal(in)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, uploadFor)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, strings.TrimRight(to, "/")+"/api/v1"+path, bytes.NewReader(b))
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+os.Getenv(publishToken))
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Idempotency-Key", uuid.NewString())
	res, err := (&http.Client{Transport: &http.Transport{DialContext: dial, Proxy: http.ProxyFromEnvironment}}).Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	got, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return err
	}
	if res.StatusCode >= http.StatusBadRequest {
		var p struct{ Code, Detail, Next string }
		if json.Unmarshal(got, &p) != nil || p.Detail == "" {
			return fmt.Errorf("%s answers %s", to, res.Status)
		}
		return errors.New(strings.TrimSpace(p.Detail+" "+p.Next) + " (" + p.Code + ")")
	}
	return json.Unmarshal(got, out)
}

// dial finds names below localhost, under which the demonstration answers, on this machine
// (RFC 6761), whatever the network's resolver thinks of them.
func dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if host, port, err := net.SplitHostPort(addr); err == nil && strings.HasSuffix(host, ".localhost") {
		addr = net.JoinHostPort("127.0.0.1", port)
	}
	return (&net.Dialer{}).DialContext(ctx, network, addr)
}
