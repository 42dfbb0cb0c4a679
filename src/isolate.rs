//! What belongs to one JavaScript environment: how much it may still verify on its own thread, its
//! calls that wait, and the channel on which their outcomes come back.
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
use verify_workos_token_core::token_cache::Remembered;
use verify_workos_token_core::verifier::{Refused, Verdict, Verified};

use crate::pool::Job;
use crate::record::{Answer, Outcome};
use crate::turn::Turn;

/// What a call comes to, before it is made into a record on its own thread.
pub(crate) type Settled = std::result::Result<String, Refused>;

/// The JavaScript function that takes an outcome.
pub(crate) type Callback<'scope> = Function<'scope, Outcome, ()>;

#[derive(Default)]
pub(crate) struct Isolate {
    pub(crate) turn: Turn,
    /// The token that was last found in the verified-token cache, should JavaScript have no claims by
    /// its number.
    found: Option<Arc<Remembered>>,
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
    pub(crate) fn new(
        env: Env,
        isolate: &RefCell<Isolate>,
        callback: &Callback<'_>,
    ) -> Result<Self> {
        let callback = callback.create_ref()?;
        let channel = channel(env, isolate)?;
        let mut isolate = isolate.borrow_mut();
        let number = isolate.last_ticket.wrapping_add(1);
        isolate.last_ticket = number;
        isolate.waiting.insert(number, callback);
        Ok(Self { number, channel, answered: false })
    }

    pub(crate) fn settle(self, settled: Settled) {
        let channel = Arc::clone(&self.channel);
        channel.push([(self.answer(), settled)]);
    }

    /// Settles several, each environment's together.
    pub(crate) fn settle_all(mut settled: Vec<(Self, Settled)>) {
        while let Some((first, _)) = settled.first() {
            let channel = Arc::clone(&first.channel);
            let (together, others) =
                settled.into_iter().partition(|(ticket, _)| Arc::ptr_eq(&ticket.channel, &channel));
            settled = others;
            let together: Vec<(Self, Settled)> = together;
            channel.push(together.into_iter().map(|(ticket, settled)| (ticket.answer(), settled)));
        }
    }

    /// Its number, with which it is answered.
    fn answer(mut self) -> u32 {
        self.answered = true;
        self.number
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        if !self.answered {
            let failure = FetchFailure::Internal;
            let refusal =
                Refusal::KeysUnavailable { failure, retry_after: std::time::Duration::ZERO };
            self.channel.push([(self.number, Err(refusal.into()))]);
        }
    }
}

impl Channel {
    /// One wake-up for a whole batch.
    fn push(&self, settled: impl IntoIterator<Item = (u32, Settled)>) {
        let mut queue = self.settled.lock().unwrap_or_else(PoisonError::into_inner);
        let was_empty = queue.is_empty();
        queue.extend(settled);
        drop(queue);
        if was_empty {
            self.wake();
        }
    }

    fn wake(&self) {
        self.wake.call((), ThreadsafeFunctionCallMode::NonBlocking);
    }

    fn take(&self) -> Vec<(u32, Settled)> {
        std::mem::take(&mut *self.settled.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The environment's channel, opened if there is none. No borrow is held while it is opened: that runs
/// the program's own `async_hooks`, which may call the verifier, and so open another meanwhile.
fn channel(env: Env, isolate: &RefCell<Isolate>) -> Result<Arc<Channel>> {
    if let Some(channel) = &isolate.borrow().channel {
        return Ok(Arc::clone(channel));
    }
    let opened = Arc::new(Channel { settled: Mutex::default(), wake: open(env)? });
    let mut isolate = isolate.borrow_mut();
    Ok(Arc::clone(isolate.channel.get_or_insert_with(|| Arc::clone(&opened))))
}

fn open(env: Env) -> Result<Wake> {
    let drain: Function<'_, (), ()> = env.create_function("drain", drain_c_callback)?;
    drain.build_threadsafe_function::<()>().build()
}

/// A new turn: hands out what has been settled, on the environment's own thread.
#[napi(no_export, catch_unwind)]
pub(crate) fn drain(env: Env) -> Result<()> {
    let isolate = isolate(env)?;
    let settled = begin_turn(&mut isolate.borrow_mut());
    for (ticket, settled) in settled {
        // No borrow is held while JavaScript runs: it may start calls of its own.
        let Some(callback) = isolate.borrow_mut().waiting.remove(&ticket) else { continue };
        let outcome = settled.map_or_else(|refused| Either::B(refused.into()), Either::A);
        // A worker that is ending takes no more calls; one refusal must not cost the others theirs.
        let _ = callback.borrow_back(&env).and_then(|callback| callback.call(outcome));
    }
    let nobody_waits = isolate.borrow().waiting.is_empty();
    let closed = if nobody_waits { isolate.borrow_mut().channel.take() } else { None };
    // Outside of the borrow, like everything that Node may have hooks for.
    drop(closed);
    Ok(())
}

fn begin_turn(isolate: &mut Isolate) -> Vec<(u32, Settled)> {
    let mut settled = isolate.channel.as_ref().map(|channel| channel.take()).unwrap_or_default();
    let deferred = isolate.turn.begin().and_then(Job::run);
    settled.extend(deferred.map(|(ticket, outcome)| (ticket.answer(), outcome)));
    settled
}

impl Isolate {
    /// What a token comes to that is remembered.
    pub(crate) fn recalled(&mut self, verdict: Verdict) -> Answer {
        match verdict {
            Ok(Verified::Again(remembered)) => {
                let id = remembered.id();
                self.found = Some(remembered);
                Answer::Found(id)
            }
            verdict => verdict.into(),
        }
    }

    /// The claims' text of the token that was found last, if it has this number.
    pub(crate) fn found(&self, id: u64) -> Option<String> {
        let found = self.found.as_ref().filter(|found| found.id() == id);
        found.map(|found| found.text().to_owned())
    }

    /// Verifies a token that is too many for now: in the next turn, or on another thread.
    pub(crate) fn verify_elsewhere(&mut self, job: Job, is_burst: bool) {
        let is_alone = !self.turn.has_deferred() && self.waiting.len() == 1;
        if is_burst || !is_alone {
            return self.turn.hand_over(job);
        }
        self.turn.defer(job);
        self.channel.iter().for_each(|channel| channel.wake());
    }
}

/// What belongs to the environment of a call. No borrow may be held while JavaScript runs.
pub(crate) fn isolate(env: Env) -> Result<&'static RefCell<Isolate>> {
    if let Some(isolate) = env.get_instance_data::<RefCell<Isolate>>()? {
        return Ok(isolate);
    }
    env.set_instance_data(RefCell::new(Isolate::default()), (), |_| {})?;
    let isolate = env.get_instance_data::<RefCell<Isolate>>()?;
    isolate.map(|isolate| &*isolate).ok_or_else(|| napi::Error::from_reason("no instance data"))
}
