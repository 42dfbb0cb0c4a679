//! What belongs to one JavaScript environment: its schedule, its calls that wait, and the channel
//! on which their outcomes come back.
//!
//! It lives in Node-API instance data and dies with its environment. The channel exists only while
//! a call waits: it holds the event loop for exactly that long, and a worker that ends has none
//! open (Node >= 24.13.1 can abort otherwise, nodejs/node issue 65100).
//!
//! No borrow may be held while JavaScript runs: it may start calls of its own. It also runs at
//! unexpected moments: opening the channel calls the program's `async_hooks`.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use napi::bindgen_prelude::{Either, Function, FunctionRef};
use napi::{Env, Result};
use napi_derive::napi;
use verify_workos_token_core::token_cache::Remembered;
use verify_workos_token_core::verifier::{Pending, Step, Verdict, Verified, Verifier};

use crate::events::watched::Watched;
use crate::outcome::{Answer, Outcome};
use crate::pool::Job;
use crate::schedule::{Place, Schedule};
use crate::ticket::{Channel, Settled, Ticket, Wake};

/// The JavaScript function that takes an outcome.
pub(crate) type Callback<'scope> = Function<'scope, Outcome, ()>;

#[derive(Default)]
pub(crate) struct Isolate {
    schedule: Schedule,
    /// The token that was last found in the verified-token cache, in case JavaScript has no claims
    /// under its number.
    last_found: Option<Arc<Remembered>>,
    /// The token that last turned out to wait for its key, in case JavaScript asks for the wait.
    last_pending: Option<PendingToken>,
    last_ticket: u32,
    /// The calls that JavaScript watches, and the events that it has taken.
    pub(crate) watched: Watched,
    waiting: HashMap<u32, FunctionRef<Outcome, ()>>,
    channel: Option<Arc<Channel>>,
}

struct PendingToken {
    verifier: Arc<Verifier>,
    token: String,
    pending: Box<Pending>,
}

/// What belongs to the environment of a call.
pub(crate) fn isolate(env: Env) -> Result<&'static RefCell<Isolate>> {
    if let Some(isolate) = env.get_instance_data::<RefCell<Isolate>>()? {
        return Ok(isolate);
    }
    env.set_instance_data(RefCell::new(Isolate::default()), (), |_| {})?;
    let isolate = env.get_instance_data::<RefCell<Isolate>>()?;
    isolate.map(|isolate| &*isolate).ok_or_else(|| napi::Error::from_reason("no instance data"))
}

impl Isolate {
    /// Where the next token is verified; counted, if that is here.
    pub(crate) fn place(&mut self, in_burst: u32, has_keys: bool) -> Place {
        let place = self.schedule.place(in_burst, !self.waiting.is_empty(), has_keys);
        if place == Place::Here {
            self.schedule.count();
        }
        place
    }

    /// Verifies a token in another place.
    pub(crate) fn verify_at(&mut self, place: Place, job: Job) {
        if place != Place::NextTurn {
            return self.schedule.hand_over(job);
        }
        self.schedule.put_off(job);
        self.channel.iter().for_each(|channel| channel.wake());
    }

    /// The answer for a remembered token.
    pub(crate) fn answer_found(&mut self, verdict: Verdict) -> Answer {
        match verdict {
            Ok(Verified::Again(remembered)) => {
                let id = remembered.id();
                self.last_found = Some(remembered);
                Answer::Found(id)
            }
            verdict => verdict.into(),
        }
    }

    /// The answer for a new token. One that waits is kept as it was read, so that it isn't read
    /// again.
    pub(crate) fn answer_new(
        &mut self,
        verifier: &Arc<Verifier>,
        token: &str,
        step: Step,
    ) -> Answer {
        let pending = match step {
            Step::Done(verdict) => return verdict.into(),
            Step::Wait(pending) => pending,
        };
        let (verifier, token) = (Arc::clone(verifier), token.to_owned());
        self.last_pending = Some(PendingToken { verifier, token, pending });
        Answer::Fetch
    }

    /// The token as it was read for this very verifier, if it was the last one that waits.
    pub(crate) fn take_pending(
        &mut self,
        verifier: &Arc<Verifier>,
        token: &str,
    ) -> Option<Box<Pending>> {
        let last = self.last_pending.take()?;
        (Arc::ptr_eq(&last.verifier, verifier) && last.token == token).then_some(last.pending)
    }

    /// The claims' text of the token that was found last, if it has this number.
    pub(crate) fn found_claims(&self, id: u64) -> Option<String> {
        let found = self.last_found.as_ref().filter(|found| found.id() == id);
        found.map(|found| found.text().to_owned())
    }

    fn begin_turn(&mut self) -> Vec<(u32, Settled)> {
        let mut settled = self.channel.as_ref().map(|channel| channel.take()).unwrap_or_default();
        let put_off = self.schedule.begin_turn();
        settled.extend(put_off.map(|(ticket, outcome)| (ticket.answer(), outcome)));
        self.channel.iter().for_each(|channel| self.watched.keep(channel.take_sightings()));
        settled
    }
}

/// Registers a call that waits.
pub(crate) fn register(
    env: Env,
    isolate: &RefCell<Isolate>,
    callback: &Callback<'_>,
) -> Result<Ticket> {
    let callback = callback.create_ref()?;
    let channel = channel(env, isolate)?;
    let mut isolate = isolate.borrow_mut();
    let number = isolate.last_ticket.wrapping_add(1);
    isolate.last_ticket = number;
    isolate.watched.waits(number);
    isolate.waiting.insert(number, callback);
    Ok(Ticket::new(number, channel))
}

/// The environment's channel, opened if there is none. A hook that runs meanwhile may have opened
/// another, which then counts.
fn channel(env: Env, isolate: &RefCell<Isolate>) -> Result<Arc<Channel>> {
    if let Some(channel) = &isolate.borrow().channel {
        return Ok(Arc::clone(channel));
    }
    let opened = Arc::new(Channel::new(open(env)?));
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
    let settled = isolate.borrow_mut().begin_turn();
    for (ticket, settled) in settled {
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
