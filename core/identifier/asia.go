package identifier

import (
	"strings"
)

// asia are the registers of Asian countries.
var asia = []Scheme{
	{"cn.uscc", "CN", "统一社会信用代码 (Unified Social Credit Code)", uscc},
	{"id.npwp", "ID", "NPWP", npwp},
	{"il.hp", "IL", "Company number (ח\"פ)", israeli},
	{"jp.cn", "JP", "法人番号 (Corporate Number)", number(13, corporateNumber)},
	{"kr.brn", "KR", "사업자등록번호 (Business Registration Number)", korean},
	{"sg.uen", "SG", "Unique Entity Number", uen},
	{"tw.ubn", "TW", "統一編號 (Unified Business Number)", number(8, taiwanese)},
	{"vn.mst", "VN", "Mã số thuế", mst},
}

// usccAlphabet leaves out the letters that look like digits (GB 32100-2015).
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// uscc is the registering office (a letter for agriculture N, the armed forces A and
// others Y), the kind, the division, the organisation code and a check character by powers
// of three modulo 31.
func uscc(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 18:
		return "", Length
	case !within(s, usccAlphabet) || !within(s[:1], "0123456789ANY") || !digits(s[2:8]):
		return "", Format
	}
	sum, weight := 0, 1
	for i := range 17 {
		sum += strings.IndexByte(usccAlphabet, s[i]) * weight
		weight = weight * 3 % 31
	}
	if s[17] != usccAlphabet[(31-sum%31)%31] || !organisation(s[8:17]) {
		return "", Checksum
	}
	return s, ""
}

// organisation is the code inside it, which has a check character of its own (GB 11714).
func organisation(s string) bool {
	sum := 0
	for i, w := range []int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += strings.IndexByte(alnums, s[i]) * w
	}
	return s[8] == "0123456789X0"[11-sum%11]
}

// npwp was fifteen digits with a check over the first nine; since 2024 it is sixteen, a
// nought before the old one or a citizen's number, which has no check.
func npwp(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 15 && len(s) != 16:
		return "", Length
	case !digits(s):
		return "", Format
	case len(s) == 15 && !luhn(s[:9]), len(s) == 16 && s[0] == '0' && !luhn(s[1:10]):
		return "", Checksum
	}
	return s, ""
}

func israeli(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 9:
		return "", Length
	case !digits(s):
		return "", Format
	case s[0] != '5': // people have the others
		return "", Component
	case !luhn(s):
		return "", Checksum
	}
	return s, ""
}

// corporateNumber has its check digit in front.
func corporateNumber(s string) bool {
	sum := 0
	for i := range 12 {
		sum += int(s[12-i]-'0') * (1 + i%2)
	}
	return int(s[0]-'0') == 9-sum%9
}

// korean is the tax office, the kind and a serial number. The tax office's check digit is
// not looked at: companies in business bear numbers that fail it.
func korean(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 10:
		return "", Length
	case !digits(s):
		return "", Format
	case s[:3] < "101" || s[3:5] == "00" || s[5:9] == "0000":
		return "", Component
	}
	return s, ""
}

// taiwanese adds up the digits of products; where the seventh digit is 7, its product 28
// counts as 1 or as 0. Since 2023 the sum is a multiple of five, before it was of ten.
func taiwanese(s string) bool {
	sum := 0
	for i, w := range []int{1, 2, 1, 2, 1, 2, 4, 1} {
		p := int(s[i]-'0') * w
		sum += p/10 + p%10
	}
	return sum%5 == 0 || s[6] == '7' && (sum+1)%5 == 0
}

// mst is ten digits, and three more for a branch.
func mst(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 10 && len(s) != 13:
		return "", Length
	case !digits(s):
		return "", Format
	case s[2:9] == "0000000", len(s) == 13 && s[10:] == "000":
		return "", Component
	case 10-weighted(s, 31, 29, 23, 19, 17, 13, 7, 5, 3)%11 != int(s[9]-'0'):
		return "", Checksum
	}
	return s, ""
}

// Kinds of bodies in a Singaporean number that begins with the century's letter (ACRA).
const uenKinds = " CC CD CH CL CM CP CS CX DP FB FC FM FN GA GB GS HS LL LP MB MC MD MH MM MQ NB NR PA PB PF RF RP SM SS TC TU VH XL "

// uen has three forms: businesses have eight digits, companies a year and five, others a
// letter for the century, a year, a kind and four. A letter ends each.
func uen(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) == 9:
		return uenBusiness(s)
	case len(s) != 10:
		return "", Length
	case digits(s[:1]):
		return uenCompany(s)
	}
	return uenOther(s)
}

func uenBusiness(s string) (string, Reason) {
	switch {
	case !digits(s[:8]) || !within(s[8:], capitals):
		return "", Format
	case "XMKECAWLJDB"[weighted(s, 10, 4, 9, 3, 8, 2, 7, 1)%11] != s[8]:
		return "", Checksum
	}
	return s, ""
}

func uenCompany(s string) (string, Reason) {
	switch {
	case !digits(s[:9]) || !within(s[9:], capitals):
		return "", Format
	case atoi(s[:4]) < 1800 || atoi(s[:4]) > thisYear():
		return "", Component
	case "ZKCMDNERGWH"[weighted(s, 10, 8, 6, 4, 9, 7, 5, 3, 1)%11] != s[9]:
		return "", Checksum
	}
	return s, ""
}

func uenOther(s string) (string, Reason) {
	const letters = "ABCDEFGHJKLMNPQRSTUVWX0123456789"
	switch {
	case !within(s[:1], "RST") || !digits(s[1:3]) || !within(s[3:5], capitals) || !digits(s[5:9]) || !within(s[9:], alnums):
		return "", Format
	case s[0] == 'T' && 2000+atoi(s[1:3]) > thisYear(), !strings.Contains(uenKinds, " "+s[3:5]+" "):
		return "", Component
	}
	sum := 0
	for i, w := range []int{4, 3, 5, 3, 10, 2, 2, 5, 7} {
		v := strings.IndexByte(letters, s[i])
		if v < 0 {
			return "", Format
		}
		sum += v * w
	}
	if letters[(sum+6)%11] != s[9] {
		return "", Checksum
	}
	return s, ""
}
