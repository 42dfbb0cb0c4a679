//! Verification off the JavaScript thread: a queue, and threads that start when they are needed. It
//! verifies bursts, and tokens that waited for keys: the network's thread must not do that work.
//!
//! A thread without work sleeps, and a program without bursts has no threads at all. A thread takes
//! a few tokens at a time and answers them together: a wake-up of the event loop for each would
//! cost it a good part of what a verification costs.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

use verify_workos_token_core::error::Refusal;
use verify_workos_token_core::verifier::{Pending, Resumable, Step, Verified, Verifier};

use crate::ticket::{Settled, Ticket};

/// The most tokens in the queue: 16 MB with tokens of 16 kB. Beyond that the callers do the work
/// themselves, which slows them down as it should.
const MAX_QUEUED: usize = 1_024;
/// How many tokens a thread takes and answers at a time. With 32 (about 600 µs) the wake-ups cost
/// little, and nobody waits long for other people's tokens.
const BATCH: usize = 32;
/// More threads rarely help, and each costs memory.
const MAX_THREADS: usize = 16;
/// Verification needs little; Rust's default is 2 MiB.
const STACK_BYTES: usize = 512 * 1_024;

static POOL: LazyLock<Pool> = LazyLock::new(Pool::new);

/// A token to verify, and the call that waits for the outcome.
pub(crate) struct Job {
    pub(crate) verifier: Arc<Verifier>,
    pub(crate) token: String,
    pub(crate) now: f64,
    pub(crate) ticket: Ticket,
    /// The token and its keys, once they have been waited for; `token` is then empty.
    pub(crate) resumable: Option<Resumable>,
}

struct Pool {
    state: Mutex<State>,
    work: Condvar,
    max_threads: usize,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Job>,
    threads: usize,
    /// Threads that sleep and have not been woken: at least as many as there are.
    asleep: usize,
}

/// Hands a job to the pool. Hands it back if the queue is full or no thread can be started.
pub(crate) fn submit(job: Job) -> Result<(), Job> {
    let state = POOL.state();
    if state.queue.len() >= MAX_QUEUED {
        return Err(job);
    }
    enqueue(state, job)
}

/// Hands over a job whose keys have arrived. The length of the queue doesn't matter here: only so
/// many can wait for keys, and the thread that fetched them has others to fetch.
fn resume(job: Job) {
    if let Err(job) = enqueue(POOL.state(), job) {
        Ticket::settle_all(job.run().into_iter().collect());
    }
}

fn enqueue(mut state: MutexGuard<'_, State>, job: Job) -> Result<(), Job> {
    if state.asleep == 0 && state.threads < POOL.max_threads && start_thread() {
        state.threads = state.threads.saturating_add(1);
    }
    if state.threads == 0 {
        return Err(job);
    }
    state.queue.push_back(job);
    // Under the lock: a thread that is about to sleep would miss it otherwise. A thread that is
    // awake looks into the queue before it sleeps; waking it would only cost a system call.
    if state.asleep > 0 {
        state.asleep = state.asleep.saturating_sub(1);
        POOL.work.notify_one();
    }
    Ok(())
}

fn start_thread() -> bool {
    let thread = thread::Builder::new().name("verify-workos".to_owned()).stack_size(STACK_BYTES);
    let work = || {
        loop {
            Ticket::settle_all(POOL.take().into_iter().filter_map(Job::run).collect());
        }
    };
    thread.spawn(work).is_ok()
}

impl Job {
    /// Verifies the token. `None` if it now waits for its key.
    pub(crate) fn run(self) -> Option<(Ticket, Settled)> {
        let watcher = self.ticket.watcher();
        // A panic drops the ticket, which settles itself, and leaves the thread alive.
        let verify = || catch_unwind(AssertUnwindSafe(|| self.verify())).ok().flatten();
        match watcher {
            Some(watcher) => watcher.watch(verify),
            None => verify(),
        }
    }

    fn verify(mut self) -> Option<(Ticket, Settled)> {
        let step = match self.resumable.take() {
            Some(resumable) => Step::Done(resumable.resume()),
            None => self.verifier.verify(&self.token, self.now),
        };
        match step {
            Step::Done(verdict) => Some((self.ticket, verdict.map(Verified::into_claims))),
            Step::Wait(pending) => {
                self.wait_for(pending);
                None
            }
        }
    }

    /// Waits for the token's key, unless it has arrived meanwhile.
    pub(crate) fn wait(self) {
        if let Some(settled) = self.run() {
            Ticket::settle_all(vec![settled]);
        }
    }

    /// The same for a token that was read before.
    pub(crate) fn wait_for(self, pending: Box<Pending>) {
        let verifier = Arc::clone(&self.verifier);
        // The pending token has a copy of its own.
        let waiting = Self { token: String::new(), ..self };
        let settle = move |resumable: Result<Resumable, Refusal>| match resumable {
            Ok(resumable) => resume(Self { resumable: Some(resumable), ..waiting }),
            Err(refusal) => waiting.ticket.settle(Err(refusal.into())),
        };
        verifier.wait_for(pending, Box::new(settle));
    }
}

impl Pool {
    /// One core is the JavaScript thread's.
    fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let max_threads = cores.saturating_sub(1).clamp(1, MAX_THREADS);
        Self { state: Mutex::default(), work: Condvar::new(), max_threads }
    }

    /// Waits for work. Threads share the queue, so that one doesn't take it all.
    fn take(&self) -> Vec<Job> {
        let mut state = self.state();
        while state.queue.is_empty() {
            state.asleep = state.asleep.saturating_add(1);
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        let share = state.queue.len().div_ceil(self.max_threads).min(BATCH);
        state.queue.drain(..share).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
