// Command gen makes the large seed files of the built-in blueprints from public data. Its
// inputs are not part of the repository: each tenant's seed/SOURCES.md names them. Running
// it twice on the same inputs writes the same bytes.
//
//	go run ./tenants/internal/gen -data <folder with steel/, pharma/ …> -out tenants [steel pharma procure]
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	data := flag.String("data", "", "folder with the public data sets")
	out := flag.String("out", "tenants", "folder of the blueprints")
	flag.Parse()
	makers := map[string]func(src, dst dir) error{"steel": steel, "pharma": pharma, "procure": procure}
	which := flag.Args()
	if len(which) == 0 {
		which = []string{"steel", "pharma", "procure"}
	}
	for _, name := range which {
		if err := makers[name](dir(*data), dir(*out).in(name+"/seed")); err != nil {
			fmt.Fprintf(os.Stderr, "gen %s: %v\n", name, err)
			os.Exit(1)
		}
	}
}
