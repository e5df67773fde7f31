package blob

import (
	"bytes"
	"net/http"
	"path"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Media types that Put accepts unless told otherwise. Nothing here runs in a browser: no
// HTML, no SVG, no script.
var Accepted = []string{
	"application/pdf", "image/png", "image/jpeg", "image/webp", "image/gif", "text/csv", "text/plain", xlsx, docx,
}

// Pictures is for where only a picture makes sense.
var Pictures = []string{"image/png", "image/jpeg", "image/webp"}

const (
	xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
	docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
)

func orAccepted(allow []string) []string {
	if allow == nil {
		return Accepted
	}
	return allow
}

// sniff says what the content is. The name only chooses between kinds that begin alike.
func sniff(head []byte, name string) string {
	kind, _, _ := strings.Cut(http.DetectContentType(head), ";")
	ext := strings.ToLower(path.Ext(name))
	switch {
	case kind == "application/zip" && office(head):
		switch ext {
		case ".xlsx":
			return xlsx
		case ".docx":
			return docx
		}
	case kind == "text/plain" && markup(head):
		return "text/xml"
	case kind == "text/plain" && (ext == ".csv" || ext == ".tsv"):
		return "text/csv"
	}
	return kind
}

// office: the first entry of the archive is one that office documents begin with.
func office(head []byte) bool {
	if len(head) < 30 {
		return false
	}
	name := head[30:min(len(head), 30+64)]
	for _, first := range []string{"[Content_Types].xml", "_rels/", "docProps/", "xl/", "word/"} {
		if bytes.HasPrefix(name, []byte(first)) {
			return true
		}
	}
	return false
}

// markup: browsers guess, too. Text that begins like a tag is not taken for plain.
func markup(head []byte) bool {
	return bytes.HasPrefix(bytes.TrimLeft(head, " \t\r\n\ufeff"), []byte("<"))
}

// cleanName keeps what a person would recognise: no folders, nothing invisible, and not
// longer than file systems take.
func cleanName(name string) string {
	name = path.Base(strings.ReplaceAll(name, `\`, "/"))
	name = strings.Map(func(r rune) rune {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || strings.ContainsRune(`"<>:|?*/`, r) {
			return -1
		}
		return r
	}, name)
	name = strings.Trim(name, " .")
	for len(name) > 200 {
		ext := path.Ext(name)
		stem := strings.TrimSuffix(name, ext)
		if stem == "" || len(ext) > 20 {
			stem, ext = name, ""
		}
		_, n := utf8.DecodeLastRuneInString(stem)
		name = stem[:len(stem)-n] + ext
	}
	if name == "" {
		return "file"
	}
	return name
}
