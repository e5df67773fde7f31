package kit_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"

	"github.com/kontorhq/kontor/plugins/sdk/kit"
)

// fails says which checks each fault of the broken plugin must fail. Faults whose name
// begins with "manifest" are in the folder and not in the program.
var fails = map[string][]string{
	"manifest_broken":  {"core.manifest.schema_valid"},
	"manifest_digests": {"core.manifest.digests_complete"},

	"version_differs": {"core.manifest.matches_describe"},
	"slow_start":      {"core.handshake.within_10s"},
	"chatters":        {"core.handshake.first_line_only"},
	"no_cookie":       {"core.handshake.cookie_required"},
	"own_socket_dir":  {"core.handshake.socket_dir_respected"},
	"needs_home":      {"core.env.minimal_ok"},
	"no_tls":          {"core.tls.accepts_host"},
	"anybody":         {"core.tls.rejects_stranger"},
	"failing":         {"core.health.plugin_service_serving"},
	"slow_health":     {"core.health.under_load_1s"},
	"init_once":       {"core.init.once"},
	"slow_exit":       {"core.shutdown.exits_2s"},
	"drain_cuts":      {"core.drain.finishes_inflight"},
	"orphan":          {"core.parent_death.exits_5s"},
	"plain_stderr":    {"core.stderr.json_levels"},
	"floods":          {"core.stdout.long_line_survives"},
	"child":           {"core.proc.no_leftover_children"},
	"by_process":      {"core.restart.kill9_between_calls"},
	"chokes":          {"core.proto.unknown_field_ignored", "core.contract.next_minor_host"},
	"enum_crashes":    {"core.proto.unknown_enum_tolerated"},
	"knows_all":       {"core.proto.unimplemented_code"},
	"untyped":         {"core.errors.typed_detail", "host.egress.denied_handled"},
	"crashes":         {"core.panic.contained"},
	"moody":           {"core.determinism.pure_rpcs", "core.concurrency.64x100_tenants"},
	"needs_actor":     {"core.contract.previous_minor_host"},
	"no_new_host":     {"core.contract.next_minor_host"},
	"takes_all":       {"core.size.rejects_oversize_in"},
	"gives_all":       {"core.size.never_exceeds_4mib_out"},
	"late":            {"core.deadline.returns_in_time"},
	"leaves_running":  {"core.deadline.no_leak_after_cancel"},
	"fat":             {"core.memory.idle_budget"},
	"hoards":          {"core.memory.flat_over_50k_calls"},
	"needs_network":   {"core.net.empty_netns_ok"},
	"writes_here":     {"core.fs.read_only_ok"},

	"refuses_settings": {"tenant.config.valid_accepted"},
	"no_pointer":       {"tenant.config.invalid_pointer"},
	"once_only":        {"tenant.config.idempotent"},
	"any_revision":     {"tenant.config.stale_revision_reported"},
	"stale_untyped":    {"tenant.config.live_change_no_error", "tenant.config.stale_revision_reported"},
	"all_or_none":      {"tenant.config.one_bad_does_not_fail_others"},
	"never_forgets":    {"tenant.remove.forgets"},
	"any_tenant":       {"tenant.isolation.no_cross_read"},
	"one_token":        {"tenant.isolation.token_bound"},
	"one_at_a_time":    {"tenant.isolation.noisy_neighbour"},
	"keeps_settings":   {"tenant.secrets.rotation_live"},
	"logs_settings":    {"tenant.secrets.canary_never_logged"},

	"sum":                {"pricing.quote.components_sum"},
	"currency":           {"pricing.quote.currency_as_asked"},
	"too_fine":           {"pricing.quote.decimal_exact"},
	"line_id":            {"pricing.quote.line_ids_echoed"},
	"by_batch":           {"pricing.quote.batch_equals_single"},
	"slow_lines":         {"pricing.quote.500_lines"},
	"past":               {"pricing.quote.valid_until_future"},
	"not_mine":           {"pricing.quote.basis_declared"},
	"reprices_otherwise": {"pricing.reprice.theoretical_to_weighed"},
	"never_beyond":       {"pricing.reprice.tolerance_and_cap"},
	"no_evidence_needed": {"pricing.reprice.missing_evidence"},

	"no_offer_id":      {"logistics.rate.offers_well_formed"},
	"rates_by_booking": {"logistics.rate.no_side_effect"},
	"moody_rates":      {"logistics.rate.no_side_effect"},
	"event_ids":        {"logistics.track.stable_event_ids"},
	"backwards":        {"logistics.track.out_of_order"},

	"major_units":   {"payment.amount.minor_units"},
	"other_kind":    {"payment.webhook.genuine"},
	"dedupe":        {"payment.webhook.duplicate"},
	"running_total": {"payment.webhook.out_of_order"},

	"kv_careless": {"host.kv.conflict_handled"},
	"fills_key":   {"payment.begin.key_required", "logistics.book.key_required"},
	"never_found": {"payment.unknown.resolved_by_get", "logistics.book.timeout_then_get"},
	"takes_anything": {
		"logistics.rate.expired_offer_refused", "logistics.book.key_reuse_conflict", "payment.begin.key_reuse_conflict", "payment.webhook.bad_signature",
		"payment.escrow.condition_required", "payment.escrow.split_equals_hold", "payment.escrow.double_release", "payment.refund.over_refused",
		"payment.payout.more_than_balance_refused", "payment.payout.wrong_account_refused", "host.egress.denied_handled",
	},
	"other_key": {
		"logistics.book.same_key_one_booking", "payment.begin.same_key_one_effect", "payment.refund.repeat", "payment.payout.same_key_one_effect",
		"fault.logistics.book.crash_before_send", "fault.logistics.book.crash_after_send", "fault.logistics.book.timeout",
		"fault.payment.begin.crash_before_send", "fault.payment.begin.crash_after_send", "fault.payment.begin.timeout",
		"fault.payment.releaseescrow.crash_before_send", "fault.payment.releaseescrow.crash_after_send", "fault.payment.releaseescrow.timeout",
		"fault.payment.refundescrow.crash_before_send", "fault.payment.refundescrow.crash_after_send", "fault.payment.refundescrow.timeout",
		"fault.payment.payout.crash_before_send", "fault.payment.payout.crash_after_send", "fault.payment.payout.timeout",
	},
}

// Who looks again after a conflict is all right, and his tokens are his own.
func TestLookingAgainIsEnough(t *testing.T) {
	t.Parallel()
	b := bench(t, "kv_careful", nil)
	for _, c := range b.Checks("host.kv.*", "tenant.isolation.token_bound") {
		if r := b.Try(context.Background(), c); r.Outcome != kit.Passed {
			t.Errorf("%s: %s", c.Name, r.Why)
		}
	}
}

// A check that nothing fails may as well not be there.
func TestEveryCheckIsSeenToFail(t *testing.T) {
	t.Parallel()
	byName, shown := map[string]kit.Check{}, map[string]bool{}
	for _, c := range kit.Checks() {
		if byName[c.Name].Name != "" {
			t.Errorf("two checks are called %s", c.Name)
		}
		byName[c.Name] = c
	}
	for _, fault := range slices.Sorted(maps.Keys(fails)) {
		for _, name := range fails[fault] {
			if shown[name] = true; byName[name].Name == "" {
				t.Errorf("%s fails %s, which is no check", fault, name)
			}
		}
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			b := bench(t, fault, func(x *kit.Target, _ *kit.Examples) {
				switch fault {
				case "manifest_broken":
					x.Manifest.Broken = errors.New("unknown key")
				case "manifest_digests":
					x.Manifest.Digests = errors.New("another file")
				}
			})
			for _, name := range fails[fault] {
				r := b.Try(context.Background(), byName[name])
				if r.Outcome != kit.Failed || r.Why == "" || r.Rule == "" {
					t.Errorf("with the fault %s, %s is %s: %s", fault, name, r.Outcome, r.Why)
				}
				if testing.Verbose() {
					t.Logf("%s: %s", name, r.Why)
				}
			}
		})
	}
	for name := range byName {
		if !shown[name] {
			t.Errorf("nothing shows that %s can fail", name)
		}
	}
}
