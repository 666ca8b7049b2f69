"""Every reason that the core may give has words in both languages."""

from lanectl.core.asm_verdict import CAUSES as ASM_CAUSES
from lanectl.core.evap_check import NOTES as EVAP_NOTES
from lanectl.core.evap_check import VOIDING as EVAP_VOIDING
from lanectl.core.free_acceleration_decision import CAUSES as SNAP_CAUSES
from lanectl.core.free_acceleration_decision import VOIDING
from lanectl.core.free_acceleration_verdict import REPEATS
from lanectl.core.lug_down_decision import CAUSES as LUG_CAUSES
from lanectl.core.obd_check import FAILING, KEEPING, REMARKS, UNTOLD
from lanectl.core.two_speed_trial import CAUSES as IDLE_CAUSES
from lanectl.core.visual_check import MARKS, MISSING, SMOKE_CODES
from lanectl.core.vmas_trial import CAUSES as VMAS_CAUSES
from lanectl.model.words.results import REASONS
from lanectl.model.words.verdict import VERDICT_REASONS

NOTES = (
    "over_limit", "asm5025_failed", "rounding_decides", "gap_outside_window", "no_humidity_factor", "value_missing",
    "hc_recorded_only", "hybrid_as_petrol", "lambda_without_no", "lambda_not_judged", "closed_loop_unknown",
    "high_idle_not_in_trace", "not_binding", "slow_opacity_allowed", "snap_repeated", "flat_opacity",
    "last_three_snaps", "governed_speed_unknown", "engine_speed_outside_window", "value_missing_in_scan",
    "probe_unconfirmed", "probe_in_early", "blow_out_short_of_speed", "discarded_over_limit",
    "engine_speed_implausible", "engine_speed_unconfirmed", "engine_cold", "temperature_unknown",
    "sampling_restarted",
    "power_not_confirmed", "power_decided_by_inertia", "pedal_released", "pedal_short_of_full_scale",
    "pedal_unconfirmed", "probe_without_co2", "nox_near_zero", "opacity_near_zero", "max_rpm_low",
    "scan_too_fast", "gear_too_high", "nox_is_no_plus_no2", "altitude_allowance",
    "speed_out_noted", "nox_is_no_alone",
)  # fmt: skip


def test_no_reason_is_without_words() -> None:
    diesel = (*SNAP_CAUSES.values(), *VOIDING.values(), *REPEATS.values(), *LUG_CAUSES.values())
    visual = (MISSING, *SMOKE_CODES, *(mark.finding for mark in MARKS))
    checks = (*FAILING, *KEEPING, *UNTOLD, *REMARKS, *EVAP_NOTES, *EVAP_VOIDING, *visual)
    petrol = (*ASM_CAUSES, *IDLE_CAUSES.values(), *VMAS_CAUSES.values())
    codes = {code for code in (*petrol, *diesel, *checks, *NOTES) if code}
    assert codes - set(REASONS) - set(VERDICT_REASONS) == set()
    assert all(text.zh and text.en for text in VERDICT_REASONS.values())
