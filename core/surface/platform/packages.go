package platform

import (
	"context"
	"io"
	"strconv"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/plugins"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// packageMost is the largest package that a form takes.
const packageMost = 66 << 20

// packagesPage is every version of every plugin, and who publishes them.
type packagesPage struct {
	frame.Frame
	Rows       []packageRow
	Publishers []plugins.Publisher
}

type packageRow struct {
	plugins.Artifact
	Title string
}

func (p pages) packagesPage(ctx context.Context, v *web.Visit) (*packagesPage, error) {
	all, err := p.Plugins.Artifacts(ctx)
	if err != nil {
		return nil, err
	}
	page := &packagesPage{Frame: p.screen("plugins", "package.title", console.Crumb("nav.plugins", "/platform/plugins"), console.Crumb("package.title", ""))}
	for _, a := range all {
		page.Rows = append(page.Rows, packageRow{a, p.words(v).Name(a.Titles)})
	}
	page.Publishers, err = p.Plugins.Publishers(ctx)
	return page, err
}

func (p pages) packages(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.packagesPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("platform/packages", page), nil
}

func (p pages) packagesAgain(ctx context.Context, v *web.Visit, err error) (web.Answer, error) {
	page, lost := p.packagesPage(ctx, v)
	if lost != nil {
		return web.Answer{}, err
	}
	return web.Again("platform/packages", page, err)
}

func (p pages) uploadPackage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	files := v.Files("package")
	if len(files) != 1 {
		return p.packagesAgain(ctx, v, plugins.ErrInvalid.At(fault.Field{Path: "package", Reason: "required"}))
	}
	f, err := files[0].Open()
	if err != nil {
		return web.Answer{}, err
	}
	defer func() { _ = f.Close() }()
	body, err := io.ReadAll(f)
	if err != nil {
		return web.Answer{}, err
	}
	a, err := p.Plugins.Upload(ctx, body)
	if err != nil {
		return p.packagesAgain(ctx, v, err)
	}
	return web.Redirect("/platform/packages/" + a.Digest).Flash("package.uploaded"), nil
}

func (p pages) savePublisher(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	version, _ := strconv.ParseInt(f.Get("version"), 10, 64)
	err := p.Plugins.Register(ctx, plugins.Publisher{Name: strings.TrimSpace(f.Get("name")), Title: f.Get("title"), Class: plugins.Class(f.Get("class")), Keys: keysOf(f.Get("keys")), Version: version})
	if err != nil {
		return p.packagesAgain(ctx, v, err)
	}
	return web.Redirect("/platform/packages").Flash("package.publisher_saved"), nil
}

// keysOf are the keys of a text: the lines that are no comments.
func keysOf(text string) (out []string) {
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" && !strings.HasPrefix(line, "untrusted comment:") {
			out = append(out, line)
		}
	}
	return out
}

// packagePage is one version, with what running it showed.
type packagePage struct {
	frame.Frame
	A          plugins.Artifact
	Title      string
	Text       string
	Uploader   string
	Approvers  []string
	Asks       []packageAsk
	Short      string // the digest, as people compare it
	Megabytes  string
	Tryable    bool
	Approvable bool
}

type packageAsk struct {
	plugins.Ask
	More bool
}

func (p pages) packagePage(ctx context.Context, v *web.Visit) (*packagePage, error) {
	a, err := p.Plugins.Artifact(ctx, v.Path("digest"))
	if err != nil {
		return nil, err
	}
	subjects := []string{a.UploadedBy}
	for _, x := range a.Approvals {
		subjects = append(subjects, x.By)
	}
	names, err := p.Reads.Names(ctx, subjects...)
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	title := w.Name(a.Titles)
	if title == "" {
		title = a.Plugin
	}
	page := &packagePage{
		Frame: console.Named("platform", "plugins", title+" "+a.Version, console.Crumb("nav.plugins", "/platform/plugins"), console.Crumb("package.title", "/platform/packages"), console.Here(title+" "+a.Version)),
		A:     a, Short: a.Digest[:min(len(a.Digest), 19)] + "…", Title: title, Text: w.Name(a.Texts), Uploader: console.Actor(w, a.UploadedBy, names[a.UploadedBy]), Megabytes: strconv.FormatFloat(float64(a.Size)/(1<<20), 'f', 1, 64),
		Tryable: a.State == plugins.Verified || a.State == plugins.Conformant, Approvable: a.State == plugins.Conformant,
	}
	for _, x := range a.Approvals {
		page.Approvers = append(page.Approvers, console.Actor(w, x.By, names[x.By]))
	}
	for _, x := range a.Asks {
		page.Asks = append(page.Asks, packageAsk{Ask: x})
	}
	return page, nil
}

func (p pages) onePackage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.packagePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("platform/package", page), nil
}

// packageDid shows the version again with what is wrong, or with the news.
func (p pages) packageDid(ctx context.Context, v *web.Visit, err error, news string) (web.Answer, error) {
	if err == nil {
		return web.Redirect("/platform/packages/" + v.Path("digest")).Flash(news), nil
	}
	page, lost := p.packagePage(ctx, v)
	if lost != nil {
		return web.Answer{}, err
	}
	return web.Again("platform/package", page, err)
}

func (p pages) tryPackage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	a, err := p.Plugins.Try(ctx, v.Path("digest"))
	news := "package.tried"
	if !a.Report.Begun.IsZero() {
		news = "package.trying_now"
	}
	return p.packageDid(ctx, v, err, news)
}

func (p pages) approvePackage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	a, err := p.Plugins.Approve(ctx, v.Path("digest"))
	news := "package.approved"
	if a.State != plugins.Approved {
		news = "package.second"
	}
	return p.packageDid(ctx, v, err, news)
}

func (p pages) yankPackage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	_, err := p.Plugins.Yank(ctx, v.Path("digest"), v.Form().Get("note"))
	return p.packageDid(ctx, v, err, "package.yanked")
}

func (p pages) restorePackage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	_, err := p.Plugins.Restore(ctx, v.Path("digest"))
	return p.packageDid(ctx, v, err, "package.restored")
}

func (p pages) revokePackage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	_, err := p.Plugins.Revoke(ctx, v.Path("digest"), v.Form().Get("note"))
	return p.packageDid(ctx, v, err, "package.revoked")
}

func (p pages) restartPlugin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if err := p.Plugins.Restart(ctx, v.Path("plugin")); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/platform/plugins").Flash("package.restarting"), nil
}
