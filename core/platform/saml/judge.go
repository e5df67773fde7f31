package saml

import (
	"encoding/xml"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/beevik/etree"
	"github.com/crewjam/saml"

	"github.com/kontorhq/kontor/core/sso"
)

const bearer = "urn:oasis:names:tc:SAML:2.0:cm:bearer"

// addressed looks at the envelope: whether it is a response at all, answers this request, was
// sent here and says yes. It may not be signed; what the assertion says of the same stands.
func (c *Client) addressed(root *etree.Element, a sso.Asked) error {
	if !is(root, nsProtocol, "Response") || root.SelectAttrValue("Version", "") != "2.0" {
		return sso.ErrResponse.Because(errors.New("saml: no response"))
	}
	if root.SelectAttrValue("InResponseTo", "") != a.Nonce {
		return sso.ErrAttempt
	}
	if to := root.SelectAttrValue("Destination", a.Redirect); to != a.Redirect {
		return sso.ErrElsewhere.Because(fmt.Errorf("saml: destination %q", to))
	}
	for _, e := range root.ChildElements() {
		if is(e, nsAssertion, "Issuer") && strings.TrimSpace(e.Text()) != a.Issuer {
			return sso.ErrElsewhere.Because(fmt.Errorf("saml: issuer %q", e.Text()))
		}
	}
	status := root.FindElement("./Status/StatusCode")
	if status == nil {
		return sso.ErrResponse.Because(errors.New("saml: no status"))
	}
	if got := status.SelectAttrValue("Value", ""); got != saml.StatusSuccess {
		return sso.ErrDeclined.Because(fmt.Errorf("saml: status %q", got))
	}
	return nil
}

// judge holds an assertion against everything that it has to say of itself.
func (c *Client) judge(e *etree.Element, a sso.Asked) (out sso.Claims, err error) {
	doc := etree.NewDocument()
	doc.SetRoot(e.Copy())
	b, err := doc.WriteToBytes()
	if err != nil {
		return out, err
	}
	var x saml.Assertion
	if err := xml.Unmarshal(b, &x); err != nil {
		return out, sso.ErrResponse.Because(err)
	}
	if strings.TrimSpace(x.Issuer.Value) != a.Issuer {
		return out, sso.ErrElsewhere.Because(fmt.Errorf("saml: issuer %q", x.Issuer.Value))
	}
	if x.Subject == nil || x.Subject.NameID == nil || x.Conditions == nil {
		return out, sso.ErrResponse.Because(errors.New("saml: no subject, or no conditions"))
	}
	if err := c.confirmed(x.Subject, a); err != nil {
		return out, err
	}
	if err := c.lasts(x.Conditions.NotBefore, x.Conditions.NotOnOrAfter); err != nil {
		return out, err
	}
	if err := forUs(e, a.ClientID); err != nil {
		return out, err
	}
	if x.IssueInstant.Sub(c.now()).Abs() > skew { // it comes straight from the provider
		return out, sso.ErrClock.Because(fmt.Errorf("saml: issued at %v", x.IssueInstant))
	}
	out, err = claims(x, a)
	if err == nil && out.At.After(c.now().Add(skew)) {
		return sso.Claims{}, sso.ErrClock.Because(fmt.Errorf("saml: signed in at %v", out.At))
	}
	return out, err
}

// confirmed reports whether whoever brings the assertion may: here, now, for this request.
func (c *Client) confirmed(s *saml.Subject, a sso.Asked) error {
	for _, b := range s.SubjectConfirmations {
		d := b.SubjectConfirmationData
		switch {
		case b.Method != bearer || d == nil || d.NotOnOrAfter.IsZero():
			return sso.ErrResponse.Because(errors.New("saml: a confirmation that is not the bearer's"))
		case d.Recipient != a.Redirect:
			return sso.ErrElsewhere.Because(fmt.Errorf("saml: recipient %q", d.Recipient))
		case d.InResponseTo != a.Nonce:
			return sso.ErrAttempt
		}
		if err := c.lasts(d.NotBefore, d.NotOnOrAfter); err != nil {
			return err
		}
	}
	if len(s.SubjectConfirmations) == 0 {
		return sso.ErrResponse.Because(errors.New("saml: nobody may bring this"))
	}
	return nil
}

// lasts reports whether now lies between two times, as clocks go.
func (c *Client) lasts(from, until time.Time) error {
	now := c.now()
	if !from.IsZero() && now.Add(skew).Before(from) || !until.IsZero() && !now.Add(-skew).Before(until) {
		return sso.ErrClock.Because(fmt.Errorf("saml: valid from %v until %v", from, until))
	}
	return nil
}

// forUs reports whether every restriction of audience names us, and there is one.
func forUs(e *etree.Element, us string) error {
	restrictions := e.FindElements("./Conditions/AudienceRestriction")
	for _, r := range restrictions {
		if !slices.ContainsFunc(r.FindElements("./Audience"), func(a *etree.Element) bool { return strings.TrimSpace(a.Text()) == us }) {
			return sso.ErrElsewhere.Because(errors.New("saml: for another audience"))
		}
	}
	if len(restrictions) == 0 {
		return sso.ErrElsewhere.Because(errors.New("saml: for everybody"))
	}
	return nil
}
