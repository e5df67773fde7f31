package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// Finding is one step of the search for PostgreSQL, for `kontor doctor`.
type Finding struct {
	Step    string // "KONTOR_DATABASE_URL", "PATH", "installed" …
	Where   string
	Version string // when it is one
	OK      bool
	Chosen  bool // the one that a start would use
	Note    string
}

// Find lists every place where PostgreSQL may come from and what is there.
func Find() []Finding {
	ctx, cache := context.Background(), DefaultCache()
	var fs []Finding
	chosen := false
	if os.Getenv("KONTOR_DATABASE_URL") != "" {
		fs = append(fs, Finding{Step: "KONTOR_DATABASE_URL", OK: true, Chosen: true, Note: "a database elsewhere; none is started here"})
		chosen = true
	}
	major, err := folder(DefaultData()).major()
	if err != nil {
		fs = append(fs, Finding{Step: "data folder", Where: DefaultData(), Note: err.Error()})
	} else if major != 0 {
		fs = append(fs, Finding{Step: "data folder", Where: folder(DefaultData()).cluster(major), OK: true, Note: fmt.Sprintf("needs PostgreSQL %d", major)})
	}
	for _, p := range places(cache) {
		f := Finding{Step: p.from, Where: p.dir}
		b, err := inspect(ctx, p)
		switch {
		case err != nil:
			f.Note = err.Error()
		case major != 0 && b.Major != major:
			f.Version, f.Note = b.Version, fmt.Sprintf("the data folder needs %d", major)
		default:
			f.Version, f.OK, f.Chosen = b.Version, true, !chosen
			chosen = true
		}
		fs = append(fs, f)
	}
	for _, s := range sources() {
		fs = append(fs, Finding{Step: s.name, OK: s.usable, Chosen: s.usable && !chosen, Note: s.note})
		chosen = chosen || s.usable
	}
	return fs
}

// Resolve finds the server's programs, fetching them if the machine has none. major is
// the version that an existing data folder needs, or 0.
func Resolve(ctx context.Context, cache string, major int, progress func(string)) (Binaries, error) {
	b, err := Local(ctx, cache, major)
	if err == nil || os.Getenv("KONTOR_PG_BIN") != "" {
		return b, err
	}
	errs := []error{err}
	for _, s := range sources() {
		if !s.usable {
			continue
		}
		progress(s.say)
		if err := s.fetch(ctx, cache); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", s.name, err))
			continue
		}
		if b, err = Local(ctx, cache, major); err == nil {
			return b, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", s.name, err))
	}
	return Binaries{}, errors.Join(errs...)
}
