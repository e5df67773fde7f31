package gate

import (
	"maps"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/policy"
)

// Text is one text in every language: "en" and "zh-CN".
type Text map[string]string

// In is the text in a locale, English where there is none.
func (t Text) In(locale string) string {
	if s, ok := t[locale]; ok {
		return s
	}
	if strings.HasPrefix(locale, "zh") {
		return t["zh-CN"]
	}
	return t["en"]
}

// Reason is one ground of a decision, as the rules write it.
type Reason struct {
	Code   string `json:"code"`
	Detail Text   `json:"detail"`
	Fix    Text   `json:"fix"`
}

func (r Reason) in(locale string) fault.Reason {
	return fault.Reason{Code: r.Code, Detail: r.Detail.In(locale), Fix: r.Fix.In(locale)}
}

func localise(rs []Reason, locale string) []fault.Reason {
	out := make([]fault.Reason, len(rs))
	for i, r := range rs {
		out[i] = r.in(locale)
	}
	return out
}

// storedReason is a reason as policy_decisions keeps it: English where a reader expects
// text, the other languages beside it.
type storedReason struct {
	fault.Reason
	Texts map[string]fault.Reason `json:"texts,omitempty"`
}

func (d Decision) stored() []storedReason {
	out := make([]storedReason, len(d.Reasons))
	for i, r := range d.Reasons {
		out[i] = storedReason{r.in("en"), map[string]fault.Reason{"zh-CN": r.in("zh-CN")}}
	}
	return out
}

// unjudged is what a person hears when the rules did not answer; the log knows why.
var unjudged = Reason{
	Code:   "policy_unanswered",
	Detail: Text{"en": "The rules for this could not be checked, so it is refused.", "zh-CN": "无法核对相关规则，因此予以拒绝。"},
	Fix:    Text{"en": "Give the operator the request number.", "zh-CN": "请将请求编号告知运营方。"},
}

// notOpen says in which state the market is and what can be done about it.
func notOpen(state string) Reason {
	if r, ok := shut[state]; ok {
		return r
	}
	return shut["suspended"]
}

var shut = map[string]Reason{
	"read_only": {
		Code:   "tenant_read_only",
		Detail: Text{"en": "This marketplace can only be read at the moment.", "zh-CN": "本市场目前仅可浏览。"},
		Fix:    Text{"en": "The platform's administrator opens it again.", "zh-CN": "由平台管理员重新开放。"},
	},
	"closing": {
		Code:   "tenant_closing",
		Detail: Text{"en": "This marketplace is closing: it can be read, and its data can be fetched.", "zh-CN": "本市场正在关闭：仅可浏览和取回数据。"},
		Fix:    Text{"en": "Fetch your data. The platform's administrator can still cancel the closing.", "zh-CN": "请取回您的数据。平台管理员仍可取消关闭。"},
	},
	"suspended": {
		Code:   "tenant_not_open",
		Detail: Text{"en": "This marketplace is suspended.", "zh-CN": "本市场已暂停。"},
		Fix:    Text{"en": "The platform's administrator opens it again.", "zh-CN": "由平台管理员重新开放。"},
	},
	"draft": {
		Code:   "tenant_not_open",
		Detail: Text{"en": "This marketplace is not open yet.", "zh-CN": "本市场尚未开放。"},
		Fix:    Text{"en": "The platform's administrator opens it.", "zh-CN": "由平台管理员开放。"},
	},
	"provisioning": {
		Code:   "tenant_not_open",
		Detail: Text{"en": "This marketplace is being set up.", "zh-CN": "本市场正在建立。"},
		Fix:    Text{"en": "It opens when that is done.", "zh-CN": "建立完成后即开放。"},
	},
	"deleted": {
		Code:   "tenant_deleted",
		Detail: Text{"en": "This marketplace has been closed for good.", "zh-CN": "本市场已永久关闭。"},
		Fix:    Text{"en": "It cannot be opened again.", "zh-CN": "无法重新开放。"},
	},
}

var roleNames = map[string]Text{
	roleGuest:           {"en": "anybody", "zh-CN": "任何人"},
	caller.RoleVisitor:  {"en": "visitor", "zh-CN": "访客"},
	rolePerson:          {"en": "signed-in person", "zh-CN": "已登录用户"},
	"admin":             {"en": "company administrator", "zh-CN": "企业管理员"},
	caller.RoleBuyer:    {"en": "buyer", "zh-CN": "采购员"},
	caller.RoleApprover: {"en": "approver", "zh-CN": "审批人"},
	caller.RoleSeller:   {"en": "seller", "zh-CN": "供应商"},
	caller.RoleOperator: {"en": "marketplace operator", "zh-CN": "市场运营方"},
	caller.RolePlatform: {"en": "platform administrator", "zh-CN": "平台管理员"},
	caller.RoleSystem:   {"en": "the system", "zh-CN": "系统"},
}

func roleName(role, locale string) string {
	if t, ok := roleNames[role]; ok {
		return t.In(locale)
	}
	return role
}

// named are the roles that were given the action by a line of their own: the shortest true
// answer to "who may then". The system is no answer for a person.
func (t *table) named(do policy.Action) []string {
	set := map[string]bool{}
	for r := range t.lines() {
		if r.Type == "p" && r.Grants == string(do) && r.Role != caller.RoleSystem {
			set[r.Role] = true
		}
	}
	return slices.Sorted(maps.Keys(set))
}

func (t *tenantView) roleMissing(do policy.Action) Reason {
	roles := t.table.named(do)
	return Reason{
		Code:   "role_missing",
		Detail: Text{"en": missingDetail(roles, "en"), "zh-CN": missingDetail(roles, "zh-CN")},
		Fix:    Text{"en": grantor(roles, "en"), "zh-CN": grantor(roles, "zh-CN")},
	}
}

func missingDetail(roles []string, locale string) string {
	if len(roles) == 0 {
		return Text{"en": "No role here may do this.", "zh-CN": "此处没有任何角色可以执行此操作。"}.In(locale)
	}
	names := make([]string, len(roles))
	for i, r := range roles {
		names[i] = roleName(r, locale)
	}
	if locale == "zh-CN" {
		return "此操作需要以下角色之一：" + strings.Join(names, "、") + "。"
	}
	return "This takes one of these roles: " + strings.Join(names, ", ") + "."
}

// grantor says who could change the answer, the nearest first.
func grantor(roles []string, locale string) string {
	var t Text
	switch {
	case slices.Contains(roles, rolePerson) || slices.Contains(roles, caller.RoleVisitor):
		t = Text{"en": "Sign in.", "zh-CN": "请登录。"}
	case slices.ContainsFunc(roles, ofCompany):
		t = Text{"en": "Your company's administrator can give you the role.", "zh-CN": "贵公司的管理员可以授予该角色。"}
	case slices.Contains(roles, caller.RoleOperator):
		t = Text{"en": "The marketplace's operator does this.", "zh-CN": "此操作由市场运营方执行。"}
	case len(roles) == 0:
		t = Text{"en": "The operator can add it to a role.", "zh-CN": "运营方可将其加入某一角色。"}
	default:
		t = Text{"en": "The platform's administrator does this.", "zh-CN": "此操作由平台管理员执行。"}
	}
	return t.In(locale)
}

// ofCompany reports whether a company's administrator gives the role out.
func ofCompany(role string) bool {
	return role != caller.RoleOperator && role != caller.RolePlatform && role != caller.RoleSystem
}
