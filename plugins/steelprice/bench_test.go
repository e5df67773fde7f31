package main

import (
	"fmt"
	"testing"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/plugintest"
)

func BenchmarkQuoteOverTheWireInProcess(b *testing.B) {
	for _, n := range []int{1, 10, 500} {
		b.Run(fmt.Sprint(n, " lines"), func(b *testing.B) {
			c := plugintest.Dial(b, New())
			req := sdk.QuoteRequest{Currency: "CNY", At: noon}
			for i := range n {
				l := hw200
				l.LineID = fmt.Sprint(i)
				req.Lines = append(req.Lines, l)
			}
			for b.Loop() {
				if _, err := c.Quote(b.Context(), req); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
