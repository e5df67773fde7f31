package notify

// metrics are the limits that have words of their own: amounts of bytes are no number that
// a person reads.
var metrics = []string{"products", "users", "orders", "storage"}

func metricKinds(prefix string) []string {
	out := make([]string, len(metrics))
	for i, m := range metrics {
		out[i] = prefix + m
	}
	return out
}

// ofMetric picks the words by the payload's metric.
func ofMetric(prefix string) func(Payload) string {
	return func(p Payload) string { return prefix + p.Values["metric"] }
}
