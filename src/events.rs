//! What JavaScript asks for when somebody listens: what an answer is based on, and what happened to
//! the keys. Calls that nobody watches never come here.

mod record;
pub(crate) mod ring;
pub(crate) mod watched;

use std::sync::atomic::{AtomicU32, Ordering};

use napi::bindgen_prelude::{Either3, Null};
use napi::{Env, Result};
use napi_derive::napi;
use verify_workos_token_core::error::Code;
use verify_workos_token_core::key_set::hexadecimal;
use verify_workos_token_core::witness::{self, Sighting};

use crate::isolate::isolate;
use crate::registry::REGISTRY;
use record::KeyEventRecord;

/// The codes whose first refusal a notice has told of, a bit each. What is no code, as the lack of
/// credentials, has the bit after them.
static NOTICED: AtomicU32 = AtomicU32::new(0);

/// What an answer is based on.
#[napi(object, object_from_js = false)]
pub(crate) struct SightingRecord {
    /// Where the keys came from.
    pub source: &'static str,
    /// The hash of the key set.
    pub key_set_hash: String,
}

impl From<Sighting> for SightingRecord {
    fn from(Sighting { origin, key_set }: Sighting) -> Self {
        Self { source: origin.as_str(), key_set_hash: hexadecimal(&key_set) }
    }
}

/// Begins to watch a call.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub(crate) fn begin_watch(env: Env) -> Result<()> {
    isolate(env)?.borrow_mut().watched.begin();
    witness::begin();
    Ok(())
}

/// Ends what [`begin_watch`] began, as soon as the call has returned: what its answer is based on,
/// the number under which [`sighting`] has that later, or `null` where no key set had a part in it.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub(crate) fn end_watch(env: Env) -> Result<Either3<SightingRecord, u32, Null>> {
    let sighting = witness::end();
    let ticket = isolate(env)?.borrow_mut().watched.end();
    Ok(match (ticket, sighting) {
        (Some(number), _) => Either3::B(number),
        (None, Some(sighting)) => Either3::A(sighting.into()),
        (None, None) => Either3::C(Null),
    })
}

/// What the answer to a call that waited is based on. Asked once, when the answer is there.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub(crate) fn sighting(env: Env, number: u32) -> Result<Option<SightingRecord>> {
    Ok(isolate(env)?.borrow_mut().watched.take(number).map(Into::into))
}

/// What happened to any keys of the process since this environment asked last. The first time is
/// where it begins.
///
/// # Errors
/// Only where Node-API fails.
#[napi(catch_unwind)]
pub(crate) fn key_events(env: Env) -> Result<Option<Vec<KeyEventRecord>>> {
    let isolate = isolate(env)?;
    let ring = &REGISTRY.key_events;
    let Some(read) = isolate.borrow().watched.read_until() else {
        isolate.borrow_mut().watched.has_read(ring.open());
        return Ok(None);
    };
    let Some(events) = ring.since(read) else { return Ok(None) };
    isolate.borrow_mut().watched.has_read(events.last().map_or(read, |(sequence, _)| *sequence));
    Ok(Some(events.into_iter().map(KeyEventRecord::from).collect()))
}

/// Whether this is the first time in this process that a notice of this code is due.
#[napi(catch_unwind)]
#[must_use]
pub(crate) fn first_notice(code: String) -> bool {
    let index = Code::ALL.iter().take_while(|known| known.as_str() != code).count();
    let bit = u32::try_from(index).ok().and_then(|index| 1_u32.checked_shl(index)).unwrap_or(0);
    NOTICED.fetch_or(bit, Ordering::Relaxed) & bit == 0
}
