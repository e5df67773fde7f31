package cage

// Sight is what a program finds when it looks around in its cage.
type Sight struct {
	User        int // as the program sees itself
	Groups      []int
	Environ     []string // names of what is set
	NoNewRights bool     // a setuid program would gain nothing
	Caps        string   // capabilities that it has, in hexadecimal; 0 is none
	Core        uint64   // limit on core dumps
	Files       uint64   // limit on open files
	Data        uint64   // limit on memory
	Processes   []int    // that it can see
	Interfaces  []string // of the network that are up
	Dials       bool     // TCP to the address that was given
	Writes      []string // of the paths that were given, those that it can make a file in
	Reads       []string // of the paths that were given, those that it can open
	Mounts      bool
	Unshares    bool   // makes a user namespace
	Nested      string // why there is no cage like this within this one
	Traces      bool   // stops a process of its own with ptrace
}

// Question is what it shall try.
type Question struct {
	Dial  string
	Nest  bool     // look for another cage within
	Write []string // folders
	Read  []string // files
}
