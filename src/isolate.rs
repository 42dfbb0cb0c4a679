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
use std::sync::Arc;

use napi::bindgen_prelude::{Function, FunctionRef};
use napi::{Env, Error, Result};
use napi_derive::napi;
use verify_workos_token_core::entries::{Accepted, Entries, Step, Verdict, Waiting};
use verify_workos_token_core::token_cache::Remembered;
use verify_workos_token_core::verifier::Verified;

use crate::events::watched::Watched;
use crate::outcome::{Answer, Batch};
use crate::pool::Job;
use crate::schedule::{Place, Schedule};
use crate::ticket::{Channel, Settled, Ticket, Wake};

/// The JavaScript function that hands outcomes to the calls that wait for them: it is called
/// with their numbers and outcomes in turn.
pub(crate) type Dispatcher<'scope> = Function<'scope, Batch, ()>;

/// How many outcomes are handed out in one call. They are its arguments, for which the stack has
/// room.
const MAX_BATCH: usize = 256;

/// How many buffers of tokens are kept to be used again: as many as a usual burst needs.
const MAX_SPARE_BUFFERS: usize = 64;
/// The largest buffer that is kept, in bytes. WorkOS's tokens have up to 5.5 kB.
const MAX_SPARE_BYTES: usize = 8_192;

#[derive(Default)]
pub(crate) struct Isolate {
    schedule: Schedule,
    /// The token that was last found in the verified-token cache, in case JavaScript has no claims
    /// under its number.
    last_found: Option<(Arc<Remembered>, Option<usize>)>,
    /// The token that last turned out to wait for its key, in case JavaScript asks for the wait.
    last_pending: Option<PendingToken>,
    dispatcher: Option<FunctionRef<Batch, ()>>,
    /// The calls that JavaScript watches, and the events that it has taken.
    pub(crate) watched: Watched,
    /// How many calls wait.
    waiting: usize,
    channel: Option<Arc<Channel>>,
    /// Buffers of tokens that were verified on other threads and of their claims, empty.
    spare_buffers: Vec<String>,
}

/// A token that was found in the verified-token cache.
#[napi(object, object_from_js = false)]
pub struct Found {
    /// The token, as a text of its own.
    pub token: String,
    /// Its claims as a text for JavaScript.
    pub claims: String,
    /// Which of several entries accepted it.
    pub entry: Option<u32>,
}

struct PendingToken {
    verifier: Arc<Entries>,
    token: String,
    pending: Box<Waiting>,
}

/// What belongs to the environment of a call.
pub(crate) fn isolate(env: Env) -> Result<&'static RefCell<Isolate>> {
    if let Some(isolate) = env.get_instance_data::<RefCell<Isolate>>()? {
        return Ok(isolate);
    }
    env.set_instance_data(RefCell::new(Isolate::default()), (), |_| {})?;
    let isolate = env.get_instance_data::<RefCell<Isolate>>()?;
    isolate.map(|isolate| &*isolate).ok_or_else(|| Error::from_reason("no instance data"))
}

impl Isolate {
    /// Where the next token is verified; counted, if that is here.
    pub(crate) fn place(&mut self, in_burst: u32, has_keys: bool) -> Place {
        let place = self.schedule.place(in_burst, self.waiting > 0, has_keys);
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
            Ok(Accepted { verified: Verified::Again(remembered), entry }) => {
                let id = remembered.id();
                self.last_found = Some((remembered, entry));
                Answer::Found(id)
            }
            verdict => verdict.into(),
        }
    }

    /// The answer for a new token. One that waits is kept as it was read, so that it isn't read
    /// again.
    pub(crate) fn answer_new(
        &mut self,
        verifier: &Arc<Entries>,
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
        verifier: &Arc<Entries>,
        token: &str,
    ) -> Option<Box<Waiting>> {
        let last = self.last_pending.take()?;
        (Arc::ptr_eq(&last.verifier, verifier) && last.token == token).then_some(last.pending)
    }

    /// The token that was found last, if it has this number.
    pub(crate) fn found(&self, id: u64) -> Option<Found> {
        let (found, entry) = self.last_found.as_ref().filter(|(found, _)| found.id() == id)?;
        let (token, claims) = (found.token().to_owned(), found.text().to_owned());
        Some(Found { token, claims, entry: entry.and_then(|entry| u32::try_from(entry).ok()) })
    }

    /// A copy of the token that outlives the call.
    pub(crate) fn copy_of(&mut self, token: &str) -> String {
        let mut copy = self.spare_buffers.pop().unwrap_or_default();
        copy.push_str(token);
        copy
    }

    fn keep(&mut self, buffers: Vec<String>) {
        for mut buffer in buffers {
            if self.spare_buffers.len() >= MAX_SPARE_BUFFERS {
                return;
            }
            if (1..=MAX_SPARE_BYTES).contains(&buffer.capacity()) {
                buffer.clear();
                self.spare_buffers.push(buffer);
            }
        }
    }

    fn begin_turn(&mut self) -> Vec<(u64, Settled)> {
        let mut gathered = self.channel.as_ref().map(|channel| channel.take()).unwrap_or_default();
        if let Some(done) = self.schedule.begin_turn() {
            gathered.add(done);
        }
        self.watched.keep(gathered.sightings);
        self.keep(gathered.buffers);
        self.waiting = self.waiting.saturating_sub(gathered.settled.len());
        gathered.settled
    }
}

/// Takes the environment's dispatcher if it has none, and gives the one that it has.
pub(crate) fn dispatcher<'env>(
    env: &'env Env,
    candidate: Dispatcher<'env>,
) -> Result<Dispatcher<'env>> {
    let mut isolate = isolate(*env)?.borrow_mut();
    if let Some(known) = &isolate.dispatcher {
        return known.borrow_back(env);
    }
    isolate.dispatcher = Some(candidate.create_ref()?);
    Ok(candidate)
}

/// Registers a call that waits, under the number that JavaScript knows it by.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it counts from 1")]
pub(crate) fn register(env: Env, isolate: &RefCell<Isolate>, number: f64) -> Result<Ticket> {
    let number = number as u64;
    if isolate.borrow().dispatcher.is_none() {
        return Err(Error::from_reason("no dispatcher"));
    }
    let channel = channel(env, isolate)?;
    let mut isolate = isolate.borrow_mut();
    isolate.waiting = isolate.waiting.saturating_add(1);
    isolate.watched.waits(number);
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
    hand_out(env, isolate, settled)?;
    let nobody_waits = isolate.borrow().waiting == 0;
    let closed = if nobody_waits { isolate.borrow_mut().channel.take() } else { None };
    // Outside of the borrow, like everything that Node may have hooks for.
    drop(closed);
    Ok(())
}

/// Many outcomes in one call, since entering JavaScript has its price.
fn hand_out(env: Env, isolate: &RefCell<Isolate>, mut settled: Vec<(u64, Settled)>) -> Result<()> {
    let dispatcher =
        isolate.borrow().dispatcher.as_ref().map(|known| known.borrow_back(&env)).transpose()?;
    // Only calls that wait have outcomes, and none waits without a dispatcher ([`register`]).
    let Some(dispatcher) = dispatcher else { return Ok(()) };
    while !settled.is_empty() {
        let mut buffers = Vec::with_capacity(MAX_SPARE_BUFFERS);
        let count = settled.len().min(MAX_BATCH);
        let batch = Batch::new(env, settled.drain(..count), &mut buffers);
        isolate.borrow_mut().keep(buffers);
        // A worker that is ending takes no more calls.
        let _ = dispatcher.call(batch);
    }
    Ok(())
}
