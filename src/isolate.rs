//! What belongs to one JavaScript environment: its calls that wait, and the channel on which their
//! outcomes come back.
//!
//! It lives in Node-API instance data and dies with its environment. The channel exists only while
//! a call waits: it holds the event loop for exactly that long, and a worker that ends has none
//! open (Node >= 24.13.1 can abort otherwise, nodejs/node issue 65100).

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use napi::bindgen_prelude::{Either, Function, FunctionRef};
use napi::threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode};
use napi::{Env, Result};
use napi_derive::napi;
use verify_workos_token_core::error::{FetchFailure, Refusal};
use verify_workos_token_core::verifier::Refused;

use crate::record::Outcome;

/// What a call comes to, before it is made into a record on its own thread.
pub(crate) type Settled = std::result::Result<String, Refused>;

/// The JavaScript function that takes an outcome.
pub(crate) type Callback<'scope> = Function<'scope, Outcome, ()>;

#[derive(Default)]
struct Isolate {
    last_ticket: u32,
    waiting: HashMap<u32, FunctionRef<Outcome, ()>>,
    channel: Option<Arc<Channel>>,
}

struct Channel {
    settled: Mutex<Vec<(u32, Settled)>>,
    wake: Wake,
}

type Wake = ThreadsafeFunction<(), (), (), napi::Status, false>;

/// A call's claim to be answered, from any thread. One that is dropped unanswered answers that the
/// fetch failed: a call never waits forever.
pub(crate) struct Ticket {
    number: u32,
    channel: Arc<Channel>,
    answered: bool,
}

impl Ticket {
    /// Registers a call that waits.
    pub(crate) fn new(env: Env, callback: &Callback<'_>) -> Result<Self> {
        let callback = callback.create_ref()?;
        let mut isolate = isolate(env)?.borrow_mut();
        let channel = match &isolate.channel {
            Some(channel) => Arc::clone(channel),
            None => Arc::new(Channel { settled: Mutex::default(), wake: open(env)? }),
        };
        isolate.channel = Some(Arc::clone(&channel));
        let number = isolate.last_ticket.wrapping_add(1);
        isolate.last_ticket = number;
        isolate.waiting.insert(number, callback);
        Ok(Self { number, channel, answered: false })
    }

    pub(crate) fn settle(mut self, settled: Settled) {
        self.answered = true;
        self.channel.push(self.number, settled);
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.answered {
            let failure = FetchFailure::Internal;
            let refusal =
                Refusal::KeysUnavailable { failure, retry_after: std::time::Duration::ZERO };
            self.channel.push(self.number, Err(refusal.into()));
        }
    }
}

impl Channel {
    /// One wake-up for a whole batch.
    fn push(&self, ticket: u32, settled: Settled) {
        let mut queue = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = queue.is_empty();
        queue.push((ticket, settled));
        drop(queue);
        if was_empty {
            self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
        }
    }

    fn take(&self) -> Vec<(u32, Settled)> {
        std::mem::take(&mut *self.settled.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn open(env: Env) -> Result<Wake> {
    let drain: Function<'_, (), ()> = env.create_function("drain", drain_c_callback)?;
    drain.build_threadsafe_function::<()>().build()
}

/// Hands out what has been settled, on the environment's own thread.
#[napi(no_export, catch_unwind)]
pub(crate) fn drain(env: Env) -> Result<()> {
    let isolate = isolate(env)?;
    let settled = match &isolate.borrow().channel {
        Some(channel) => channel.take(),
        None => return Ok(()),
    };
    for (ticket, settled) in settled {
        // No borrow is held while JavaScript runs: it may start calls of its own.
        let Some(callback) = isolate.borrow_mut().waiting.remove(&ticket) else { continue };
        let outcome = settled.map_or_else(|refused| Either::B(refused.into()), Either::A);
        // A worker that is ending takes no more calls; one refusal must not cost the others theirs.
        let _ = callback.borrow_back(&env).and_then(|callback| callback.call(outcome));
    }
    let mut isolate = isolate.borrow_mut();
    if isolate.waiting.is_empty() {
        isolate.channel = None;
    }
    Ok(())
}

fn isolate(env: Env) -> Result<&'static RefCell<Isolate>> {
    if env.get_instance_data::<RefCell<Isolate>>()?.is_none() {
        env.set_instance_data(RefCell::new(Isolate::default()), (), |_| {})?;
    }
    let isolate = env.get_instance_data::<RefCell<Isolate>>()?;
    isolate.map(|isolate| &*isolate).ok_or_else(|| napi::Error::from_reason("no instance data"))
}
