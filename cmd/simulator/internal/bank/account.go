package bank

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"net"
	"strings"
)

// digits derives n decimal digits from an id, the same every time.
func digits(id string, n int) string {
	h := sha256.Sum256([]byte(id))
	return fmt.Sprintf("%020d", binary.BigEndian.Uint64(h[:8]))[20-n:]
}

// mod97 is the check of ISO 7064 over letters as 10..35; -1 for anything else.
func mod97(s string) int {
	r := 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			r = (r*10 + int(c-'0')) % 97
		case c >= 'A' && c <= 'Z':
			r = (r*100 + int(c-'A') + 10) % 97
		default:
			return -1
		}
	}
	return r
}

// virtualIBAN has the German form with a bank code that no bank has.
func virtualIBAN(id string) string {
	bban := "99999999" + digits(id, 10)
	return fmt.Sprintf("DE%02d%s", 98-mod97(bban+"DE00"), bban)
}

// creditorReference is a payment reference with check digits (ISO 11649).
func creditorReference(id string) string {
	body := digits("reference "+id, 12)
	return fmt.Sprintf("RF%02d%s", 98-mod97(body+"RF00"), body)
}

// domesticAccount is nineteen digits, as Chinese banks give out.
func domesticAccount(id string) string { return "6299" + digits("account "+id, 15) }

// validAccount accepts an IBAN with right check digits (ISO 13616), or twelve to
// twenty-five digits.
func validAccount(s string) bool {
	s = strings.ToUpper(strings.ReplaceAll(s, " ", ""))
	if strings.Trim(s, "0123456789") == "" {
		return len(s) >= 12 && len(s) <= 25
	}
	return len(s) >= 15 && len(s) <= 34 && mod97(s[4:]+s[:4]) == 1
}

// isLoopbackHost also takes names under localhost, which never leave a machine (RFC 6761).
func isLoopbackHost(h string) bool {
	if h == "localhost" || strings.HasSuffix(h, ".localhost") {
		return true
	}
	ip := net.ParseIP(h)
	return ip != nil && ip.IsLoopback()
}
