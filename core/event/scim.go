package event

// DirectoryUserChanged: a company's directory said something of a person. What is created,
// changed, out, back or deleted.
type DirectoryUserChanged struct {
	Connection string `json:"connection"`
	Name       string `json:"name"`
	User       string `json:"user"`
	Person     string `json:"person"`
	What       string `json:"what"`
}

// EventName names the event.
func (DirectoryUserChanged) EventName() string { return "scim.user_changed.v1" }

// Subject puts the event on the person's timeline.
func (e DirectoryUserChanged) Subject() Subject { return Subject{"person", e.Person} }

// DirectoryGroupChanged: a company's directory made, changed or removed a group.
type DirectoryGroupChanged struct {
	Connection string `json:"connection"`
	Name       string `json:"name"`
	Group      string `json:"group"`
	Called     string `json:"called"`
	Members    int    `json:"members"`
	What       string `json:"what"`
}

// EventName names the event.
func (DirectoryGroupChanged) EventName() string { return "scim.group_changed.v1" }

// Subject puts the event on the connection's timeline.
func (e DirectoryGroupChanged) Subject() Subject { return Subject{"sso_connection", e.Connection} }
