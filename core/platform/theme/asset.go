package theme

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"maps"
	"mime"
	"path"
	"regexp"
	"strings"
	"sync"
)

// AssetPrefix is where the edge serves Engine.Asset's files.
const AssetPrefix = "/assets/"

// Asset is a file that may be cached for ever: its address changes with its content.
type Asset struct {
	Type string
	ETag string
	Body []byte
	once sync.Once
	gz   []byte
}

// Gzip is the body compressed, made on first use; nil where it would not help.
func (a *Asset) Gzip() []byte {
	a.once.Do(func() {
		if strings.HasPrefix(a.Type, "font/") || strings.HasPrefix(a.Type, "image/png") || len(a.Body) < 512 {
			return
		}
		var b bytes.Buffer
		w, _ := gzip.NewWriterLevel(&b, gzip.BestCompression)
		_, _ = w.Write(a.Body) // a bytes.Buffer takes everything
		_ = w.Close()
		a.gz = b.Bytes()
	})
	return a.gz
}

// Assets are one theme's files with what it inherits.
type Assets struct {
	raw  map[string][]byte // "css/10-reset.css", "js/kontor.js", "logo.svg"
	own  map[string]string // path → theme it came from
	urls map[string]string
	open map[string]*Asset // by hashed path
}

func newAssets() *Assets {
	return &Assets{raw: map[string][]byte{}, own: map[string]string{}, urls: map[string]string{}, open: map[string]*Asset{}}
}

func (a *Assets) inherit(p *Assets) { maps.Copy(a.raw, p.raw); maps.Copy(a.own, p.own) }

func (t *theme) readAsset(files fs.FS, file string) error {
	b, err := fs.ReadFile(files, file)
	if err != nil {
		return err
	}
	name := strings.TrimPrefix(file, "assets/")
	t.assets.raw[name], t.assets.own[name] = b, t.name
	return nil
}

// Asset finds what AssetURL gave out, by the path after AssetPrefix.
func (e *Engine) Asset(hashed string) (*Asset, bool) {
	name, _, _ := strings.Cut(hashed, "/")
	t := e.themes[name]
	if t == nil {
		return nil, false
	}
	a, ok := t.assets.open[hashed]
	return a, ok
}

// AssetURL is the address of a theme's file, "" when there is none.
func (e *Engine) AssetURL(themeName, name string) string {
	t := e.themes[themeName]
	if t == nil {
		return ""
	}
	return t.assets.urls[name]
}

// cssURL is how a style sheet names another file: url(asset:fonts/inter.woff2).
var cssURL = regexp.MustCompile(`url\(["']?asset:([^"')]+)["']?\)`)

// finish gives every file its address, sprites the icons and bundles the style sheets.
func (a *Assets) finish(themeName string, tok tokens) error {
	for _, name := range sortedKeys(a.raw) {
		if strings.HasPrefix(name, "css/") || strings.HasPrefix(name, "icons/") || path.Ext(name) == ".md" || path.Base(name) == "LICENSE" {
			continue
		}
		a.publish(a.own[name], name, a.raw[name])
	}
	a.publish(themeName, "icons.svg", a.sprite())
	css, err := a.bundle(sheetHead+"@layer tokens{"+tok.css()+"}\n", func(name string) bool { return !isWork(name) })
	if err != nil {
		return err
	}
	a.publish(themeName, "css/app.css", css)
	if css, err = a.bundle(sheetHead, isWork); err != nil {
		return err
	}
	a.publish(themeName, "css/work.css", css)
	return nil
}

// sheetHead fixes the order of the layers, whichever sheet comes first.
const sheetHead = "@layer reset,tokens,base,layout,components,pages,theme,utilities,print;\n"

// isWork tells the sheets of signed-in people's screens: visitors are not sent them.
func isWork(name string) bool { return strings.Contains(name, "-work") }

// publish puts a file at /assets/<theme>/<name>.<hash>.<ext>. Inherited files keep their
// owner's address, so that five themes share one cached script.
func (a *Assets) publish(owner, name string, body []byte) {
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:6])
	ext := path.Ext(name)
	hashed := owner + "/" + strings.TrimSuffix(name, ext) + "." + hash + ext
	a.open[hashed] = &Asset{Type: contentType(ext), ETag: `"` + hash + `"`, Body: body}
	a.urls[name] = AssetPrefix + hashed
}

func contentType(ext string) string {
	switch ext {
	case ".js":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".svg":
		return "image/svg+xml"
	case ".css":
		return "text/css; charset=utf-8"
	}
	if t := mime.TypeByExtension(ext); t != "" {
		return t
	}
	return "application/octet-stream"
}

// bundle joins the style sheets that which picks, in the order of their names.
func (a *Assets) bundle(head string, which func(string) bool) ([]byte, error) {
	var b strings.Builder
	b.WriteString(head)
	for _, name := range sortedKeys(a.raw) {
		if strings.HasPrefix(name, "css/") && which(name) {
			b.Write(a.raw[name])
			b.WriteByte('\n')
		}
	}
	var missing error
	css := cssURL.ReplaceAllStringFunc(b.String(), func(m string) string {
		name := cssURL.FindStringSubmatch(m)[1]
		u := a.urls[name]
		if u == "" {
			missing = fmt.Errorf("a style sheet wants %q, which is not there", name)
		}
		return "url(" + u + ")"
	})
	return []byte(minify(css)), missing
}

var (
	cssComment = regexp.MustCompile(`(?s)/\*.*?\*/`)
	cssSpace   = regexp.MustCompile(`\s+`)
	cssTight   = regexp.MustCompile(`\s*([{};,>])\s*`)
	cssColon   = regexp.MustCompile(`([a-z-]):\s+`)
)

// minify drops comments and space that mean nothing. It is careful with + and - in calc.
func minify(css string) string {
	css = cssComment.ReplaceAllString(css, "")
	css = cssSpace.ReplaceAllString(css, " ")
	css = cssTight.ReplaceAllString(css, "$1")
	css = cssColon.ReplaceAllString(css, "$1:")
	return strings.TrimSpace(strings.ReplaceAll(css, ";}", "}"))
}

var (
	svgInner   = regexp.MustCompile(`(?s)<svg[^>]*>(.*)</svg>`)
	svgComment = regexp.MustCompile(`(?s)<!--.*?-->`)
)

// sprite is all icons in one file, each a symbol.
func (a *Assets) sprite() []byte {
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for _, name := range sortedKeys(a.raw) {
		if !strings.HasPrefix(name, "icons/") || path.Ext(name) != ".svg" {
			continue
		}
		m := svgInner.FindSubmatch(svgComment.ReplaceAll(a.raw[name], nil))
		if m == nil {
			continue
		}
		id := strings.TrimSuffix(strings.TrimPrefix(name, "icons/"), ".svg")
		fmt.Fprintf(&b, `<symbol id="%s" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">%s</symbol>`, id, cssSpace.ReplaceAll(bytes.TrimSpace(m[1]), []byte(" ")))
	}
	b.WriteString(`</svg>`)
	return b.Bytes()
}
