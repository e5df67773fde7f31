package identifier

// Shown is as much of an account's number as tells its owner which it is: the first four
// and the last four of its characters.
func Shown(no string) string {
	r := []rune(no)
	if len(r) < 12 {
		return "••••"
	}
	return string(r[:4]) + " •••• " + string(r[len(r)-4:])
}
