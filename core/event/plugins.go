package event

// PluginPublisherChanged: the platform registered a publisher of plugins, or changed its keys.
type PluginPublisherChanged struct {
	Publisher string `json:"publisher"`
	Class     string `json:"class"`
	Keys      int    `json:"keys"`
}

// EventName names the event.
func (PluginPublisherChanged) EventName() string { return "plugins.publisher_changed.v1" }

// Subject puts the event on the publisher's timeline.
func (e PluginPublisherChanged) Subject() Subject { return Subject{"plugin_publisher", e.Publisher} }

// PluginArtifactMoved: a version of a plugin came to another state, or was tried or approved
// by one person in the one that it has.
type PluginArtifactMoved struct {
	Plugin  string `json:"plugin"`
	Version string `json:"version"`
	Digest  string `json:"digest"`
	From    string `json:"from"`
	To      string `json:"to"`
	Note    string `json:"note,omitempty"`
}

// EventName names the event.
func (PluginArtifactMoved) EventName() string { return "plugins.artifact_moved.v1" }

// Subject puts the event on the artifact's timeline.
func (e PluginArtifactMoved) Subject() Subject { return Subject{"plugin_artifact", e.Digest} }

// PluginInstallationChanged: a marketplace's installation was requested, consented,
// configured, enabled, disabled, upgraded, wanted, stayed, isolated, rolled_back, suspended
// or removed.
type PluginInstallationChanged struct {
	Installation string `json:"installation"`
	Plugin       string `json:"plugin"`
	Version      string `json:"version"`
	What         string `json:"what"`
	Note         string `json:"note,omitempty"`
}

// EventName names the event.
func (PluginInstallationChanged) EventName() string { return "plugins.installation_changed.v1" }

// Subject puts the event on the installation's timeline.
func (e PluginInstallationChanged) Subject() Subject {
	return Subject{"plugin_installation", e.Installation}
}

// PluginRestartAsked: the platform wants a plugin's processes started again everywhere.
type PluginRestartAsked struct {
	Plugin string `json:"plugin"`
}

// EventName names the event.
func (PluginRestartAsked) EventName() string { return "plugins.restart_asked.v1" }

// Subject puts the event on the plugin's timeline.
func (e PluginRestartAsked) Subject() Subject { return Subject{"plugin", e.Plugin} }
