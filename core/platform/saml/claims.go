package saml

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/crewjam/saml"

	"github.com/kontorhq/kontor/core/sso"
)

// Where people's mail and name stand, as providers name it: LDAP's, those of Microsoft, and
// plain ones.
var (
	mailNames = []string{
		"email", "mail", "emailaddress", "urn:oid:0.9.2342.19200300.100.1.3", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/emailaddress",
	}
	nameNames = []string{
		"displayname", "name", "urn:oid:2.16.840.1.113730.3.1.241", "http://schemas.microsoft.com/identity/claims/displayname", "cn", "urn:oid:2.5.4.3",
	}
	givenNames = []string{"givenname", "firstname", "urn:oid:2.5.4.42", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/givenname"}
	surNames   = []string{"surname", "lastname", "sn", "urn:oid:2.5.4.4", "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname"}
)

// strong are contexts of more than a password.
var strong = []string{
	"https://refeds.org/profile/mfa", "http://schemas.microsoft.com/claims/multipleauthn",
	"urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorContract", "urn:oasis:names:tc:SAML:2.0:ac:classes:MobileTwoFactorUnregistered",
	"urn:oasis:names:tc:SAML:2.0:ac:classes:TimeSyncToken", "urn:oasis:names:tc:SAML:2.0:ac:classes:SmartcardPKI", "urn:oasis:names:tc:SAML:2.0:ac:classes:Smartcard",
}

// claims is what an assertion says of somebody. Beside the attributes stand the NameID and
// the context, under names of their own.
func claims(x saml.Assertion, a sso.Asked) (sso.Claims, error) {
	id := x.Subject.NameID
	name := strings.TrimSpace(id.Value)
	out := sso.Claims{Verified: true, Values: map[string][]string{"NameID": {name}, "NameID.Format": {id.Format}}}
	for _, s := range x.AttributeStatements {
		for _, at := range s.Attributes {
			for _, key := range slices.Compact([]string{at.Name, at.FriendlyName}) {
				if key == "" || strings.HasPrefix(key, "NameID") {
					continue
				}
				for _, v := range at.Values {
					out.Values[key] = append(out.Values[key], strings.TrimSpace(v.Value))
				}
			}
		}
	}
	for _, s := range x.AuthnStatements {
		if out.At.IsZero() || s.AuthnInstant.Before(out.At) {
			out.At = s.AuthnInstant.UTC()
		}
		if c := s.AuthnContext.AuthnContextClassRef; c != nil {
			out.Values["AuthnContextClassRef"] = append(out.Values["AuthnContextClassRef"], strings.TrimSpace(c.Value))
		}
	}
	if !out.At.IsZero() {
		out.Values["AuthnInstant"] = []string{out.At.Format(time.RFC3339)}
	}
	out.Strong = slices.ContainsFunc(out.Values["AuthnContextClassRef"], isStrong) ||
		slices.ContainsFunc(out.Values["http://schemas.microsoft.com/claims/authnmethodsreferences"], isStrong)
	out.Email, out.Name = email(out, a, id), fullName(out, a)
	var err error
	out.Subject, err = subject(out, a, id)
	return out, err
}

func isStrong(v string) bool { return slices.Contains(strong, v) }

// one is the value of the first attribute of those names that is there; two values are none.
func one(values map[string][]string, names ...string) string {
	for _, want := range names {
		for key, vs := range values {
			if want != "" && strings.EqualFold(key, want) && len(vs) > 0 {
				if len(slices.Compact(slices.Clone(vs))) > 1 {
					return ""
				}
				return vs[0]
			}
		}
	}
	return ""
}

func email(k sso.Claims, a sso.Asked, id *saml.NameID) string {
	if a.SAML.Attrs.Email != "" {
		return one(k.Values, a.SAML.Attrs.Email)
	}
	if e := one(k.Values, mailNames...); e != "" {
		return e
	}
	if id.Format == string(saml.EmailAddressNameIDFormat) {
		return k.Values["NameID"][0]
	}
	return ""
}

func fullName(k sso.Claims, a sso.Asked) string {
	if a.SAML.Attrs.Name != "" {
		return one(k.Values, a.SAML.Attrs.Name)
	}
	if n := one(k.Values, nameNames...); n != "" {
		return n
	}
	return strings.TrimSpace(one(k.Values, givenNames...) + " " + one(k.Values, surNames...))
}

// subject is who somebody is at his provider, the same each time.
func subject(k sso.Claims, a sso.Asked, id *saml.NameID) (string, error) {
	s := k.Values["NameID"][0]
	switch {
	case a.SAML.Attrs.Subject != "":
		s = one(k.Values, a.SAML.Attrs.Subject)
	case id.Format == string(saml.TransientNameIDFormat):
		return "", sso.ErrTransient
	}
	if s == "" || len(s) > 255 {
		return "", sso.ErrResponse.Because(errors.New("saml: nobody is named"))
	}
	return s, nil
}
