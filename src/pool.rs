//! Verification off the JavaScript thread: a queue, and threads that start when they are needed. It
//! verifies bursts, and tokens that waited for keys: the network's thread must not do that work.
//!
//! A thread without work sleeps, and a program without bursts has no threads at all. A thread takes
//! a few tokens at a time and answers them together: a wake-up of the event loop for each would
//! cost it a good part of what a verification costs. For the same reason a thread is woken only if
//! it gets a worthwhile share ([`MIN_SHARE`]), however many threads there are.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::thread;

use verify_workos_token_core::entries::{Awaited, Entries, Step, Verdict, Waiting};
use verify_workos_token_core::token_cache::TokenHash;
use verify_workos_token_core::verifier::{Presented, Refused};

use crate::outcome::write_claims;
use crate::ticket::{Done, Ticket};

/// The most tokens in the queue: 16 MB with tokens of 16 kB. Beyond that the callers do the work
/// themselves, which slows them down as it should.
const MAX_QUEUED: usize = 1_024;
/// The most tokens that a thread takes and answers at a time. With 32 (about 600 µs) the wake-ups
/// cost little, and nobody waits long for other people's tokens.
const BATCH: usize = 32;
/// How many tokens must wait before one more thread joins those that are at work, and the fewest
/// that a thread takes if there are so many. With an even share, 15 threads would get four tokens
/// each of a burst of 64, and would wake the event loop 15 times.
const MIN_SHARE: usize = 16;
/// More threads rarely help, and each costs memory.
const MAX_THREADS: usize = 16;
/// Verification needs little; Rust's default is 2 MiB.
const STACK_BYTES: usize = 512 * 1_024;

static POOL: LazyLock<Pool> = LazyLock::new(Pool::new);

/// A token to verify, and the call that waits for the outcome.
pub(crate) struct Job {
    pub(crate) verifier: Arc<Entries>,
    pub(crate) token: String,
    pub(crate) hash: Option<TokenHash>,
    pub(crate) now: f64,
    pub(crate) ticket: Ticket,
    /// The token and its keys, once they have been waited for; `token` is then empty.
    pub(crate) awaited: Option<Box<Awaited>>,
}

struct Pool {
    state: Mutex<State>,
    work: Condvar,
}

struct State {
    queue: VecDeque<Job>,
    max_threads: usize,
    threads: usize,
    /// Threads that wait for work, those that are on their way included.
    asleep: usize,
    /// Threads that were woken or started and have not arrived: never more than are asleep.
    coming: usize,
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
    state.queue.push_back(job);
    if state.needs_thread() {
        state.add_thread();
    }
    match state.threads {
        0 => state.queue.pop_back().map_or(Ok(()), Err),
        _ => Ok(()),
    }
}

/// Lets the pool have this many threads, as on a machine with another number of cores: for tests and
/// the benchmark. Threads that there are remain.
pub(crate) fn limit(threads: usize) {
    POOL.state().max_threads = threads.clamp(1, MAX_THREADS);
}

fn start_thread() -> bool {
    let thread = thread::Builder::new().name("verify-workos".to_owned()).stack_size(STACK_BYTES);
    let work = || {
        let mut jobs = POOL.arrive();
        loop {
            Ticket::settle_all(jobs.into_iter().filter_map(Job::run).collect());
            jobs = POOL.take(POOL.state());
        }
    };
    thread.spawn(work).is_ok()
}

impl State {
    /// Whether one more thread should come: if more tokens wait than those that are coming, and one
    /// of those at work, will take. A thread at work looks into the queue before it sleeps.
    fn needs_thread(&self) -> bool {
        let at_work = usize::from(self.threads > self.asleep);
        self.queue.len() > self.coming.saturating_add(at_work).saturating_mul(MIN_SHARE)
    }

    /// Wakes a thread, or starts one. This is done under the lock: a thread that is about to sleep
    /// would miss it otherwise.
    fn add_thread(&mut self) {
        if self.coming < self.asleep {
            POOL.work.notify_one();
        } else if self.threads < self.max_threads && start_thread() {
            self.threads = self.threads.saturating_add(1);
            self.asleep = self.asleep.saturating_add(1);
        } else {
            return;
        }
        self.coming = self.coming.saturating_add(1);
    }

    /// A thread is there. If it has woken by chance, one too few is thought to be coming, which only
    /// wakes another.
    fn arrive(&mut self) {
        self.asleep = self.asleep.saturating_sub(1);
        self.coming = self.coming.saturating_sub(1);
    }
}

impl Job {
    /// Verifies the token. `None` if it now waits for a key.
    pub(crate) fn run(self) -> Option<Done> {
        let watcher = self.ticket.watcher();
        // A panic drops the ticket, which settles itself, and leaves the thread alive.
        let verify = || catch_unwind(AssertUnwindSafe(|| self.verify())).ok().flatten();
        match watcher {
            Some(watcher) => watcher.watch(verify),
            None => verify(),
        }
    }

    fn verify(mut self) -> Option<Done> {
        let presented = Presented { text: &self.token, hash: self.hash };
        let step = match self.awaited.take() {
            Some(awaited) => awaited.resume(),
            None => self.verifier.verify(presented, self.now),
        };
        match step {
            Step::Done(verdict) => Some(self.conclude(verdict)),
            Step::Wait(waiting) => {
                self.wait_for(waiting);
                None
            }
        }
    }

    /// The claims go where the token was: a text that is made on one thread and freed on another costs
    /// the allocator of both.
    fn conclude(self, verdict: Verdict) -> Done {
        let Self { ticket, token: mut buffer, .. } = self;
        let (settled, spare) = match verdict {
            Ok(accepted) => {
                buffer.clear();
                write_claims(&accepted, &mut buffer);
                (Ok(buffer), None)
            }
            Err(refused) => (Err(refused), Some(buffer)),
        };
        Done { ticket, settled, spare }
    }

    /// Waits for the token's key, unless it has arrived meanwhile.
    pub(crate) fn wait(self) {
        Ticket::settle_all(self.run().into_iter().collect());
    }

    /// The same for a token that was read before.
    pub(crate) fn wait_for(self, waiting: Box<Waiting>) {
        let verifier = Arc::clone(&self.verifier);
        // The waiting token has a copy of its own.
        let job = Self { token: String::new(), ..self };
        let settle = move |awaited: Result<Awaited, Refused>| match awaited {
            Ok(awaited) => resume(Self { awaited: Some(Box::new(awaited)), ..job }),
            Err(refused) => job.ticket.settle(Err(refused)),
        };
        verifier.wait_for(waiting, Box::new(settle));
    }
}

impl Pool {
    /// One core is the JavaScript thread's.
    fn new() -> Self {
        let cores = thread::available_parallelism().map_or(1, NonZeroUsize::get);
        let max_threads = cores.saturating_sub(1).clamp(1, MAX_THREADS);
        let state = State { queue: VecDeque::new(), max_threads, threads: 0, asleep: 0, coming: 0 };
        Self { state: Mutex::new(state), work: Condvar::new() }
    }

    /// Arrives as a new thread and takes its first share, under one lock: if the queue could grow
    /// between the two, one more thread would be started for tokens that this one is about to take.
    fn arrive(&self) -> Vec<Job> {
        let mut state = self.state();
        state.arrive();
        self.take(state)
    }

    /// Waits for work. Threads share the queue, so that one doesn't take it all.
    fn take(&self, mut state: MutexGuard<'_, State>) -> Vec<Job> {
        while state.queue.is_empty() {
            state.asleep = state.asleep.saturating_add(1);
            state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
            state.arrive();
        }
        let waiting = state.queue.len();
        let share = waiting.div_ceil(state.max_threads).clamp(MIN_SHARE, BATCH).min(waiting);
        state.queue.drain(..share).collect()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
