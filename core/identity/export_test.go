package identity

import "fmt"

// Watch writes down what work each question costs, without what it is about.
func (p *Passwords) Watch(log *[]string) {
	derive := p.derive
	p.derive = func(password, salt []byte, passes, memoryKiB uint32, threads uint8, length uint32) []byte {
		*log = append(*log, fmt.Sprint(len(password), len(salt), passes, memoryKiB, threads, length))
		return derive(password, salt, passes, memoryKiB, threads, length)
	}
}
