//! What the table's decision means for who asks: for a lookup, and for a caller who would wait.

use std::sync::Arc;
use std::time::Duration;

use super::refusal;
use super::source::{Lookup, Moment, Patience};
use super::state::State;
use super::table::{BACK_OFF_MIN, Decision, Presence};
use super::waiting::{Purpose, Waiter};
use crate::error::{Refusal, Unusable};
use crate::key::VerifyingKey;

/// What a decision means for a lookup, and what fetch it needs in the background, if any.
pub(super) fn carry_out(
    decision: Decision,
    patience: Patience,
    key: Result<Arc<VerifyingKey>, Option<Unusable>>,
    (state, presence): (&State, Presence),
) -> (Lookup, Option<Purpose>) {
    // The table serves only a key that is present.
    let serve = |key: Result<_, _>| key.map_or(Lookup::Wait, Lookup::Key);
    let refuse = |refusal| (Lookup::Refused(refusal), None);
    match (decision, patience) {
        (Decision::Serve, _) => (serve(key), None),
        (Decision::ServeAndRefresh, _) | (Decision::RefreshThenServe, Patience::CannotWait) => {
            (serve(key), Some(Purpose::Renewal))
        }
        (Decision::RefreshThenServe | Decision::Fetch, Patience::CanWait) => (Lookup::Wait, None),
        (Decision::Fetch, Patience::CannotWait) => {
            let purpose = state.purpose(presence);
            let unusable = key.err().flatten();
            let refusal = refusal::cannot_wait(purpose, unusable, state.set.is_some());
            (Lookup::Refused(refusal), Some(purpose))
        }
        (Decision::Fail { retry_after }, _) => refuse(state.unavailable(retry_after)),
        (Decision::ForeignIssuer(cause), _) => refuse(Refusal::ForeignIssuer(cause)),
        (Decision::UnknownKey { retry_after }, _) => {
            refuse(refusal::unknown_key(key.err().flatten(), retry_after))
        }
    }
}

/// Why a caller can't wait: its time is over, or too many wait already.
pub(super) fn cannot_be_enqueued(
    state: &State,
    waiter: &Waiter,
    purpose: Purpose,
    now: Moment,
) -> Option<Refusal> {
    if waiter.deadline <= now.monotonic {
        return Some(refusal::timed_out(Duration::ZERO));
    }
    let retry_after = state.crowded(now)?.max(BACK_OFF_MIN);
    Some(refusal::too_many_waiting(purpose, state.unusable_for(waiter), retry_after))
}
