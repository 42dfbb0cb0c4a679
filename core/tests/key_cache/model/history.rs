//! What happened in an episode, in order, as the world saw it. Nothing here comes from inside the
//! cache.

use std::time::Duration;

use verify_workos_token_core::error::FetchFailure;
use verify_workos_token_core::key_cache::table::CachePolicy;
use verify_workos_token_core::key_cache::{Failed, KeySetResponse, Moment, SnapshotFault};

/// How many `kid`s the server ever publishes; one more is never published.
pub(super) const PUBLISHED_KIDS: usize = 3;
pub(super) const KIDS: usize = PUBLISHED_KIDS + 1;
/// How many keys take turns under each `kid`.
pub(super) const SIGNERS: usize = 2;

/// A key set: which signer's key each `kid` names.
pub(super) type Keys = [Option<usize>; PUBLISHED_KIDS];

#[derive(Default)]
pub(super) struct History {
    pub(super) deeds: Vec<Deed>,
    pub(super) calls: Vec<Call>,
    pub(super) requests: Vec<Request>,
    pub(super) snapshots: Vec<Snapshot>,
    pub(super) events: Vec<Event>,
    /// What the entry told its journal.
    pub(super) told: Vec<Told>,
}

/// What a journal is told, without the keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Told {
    Started { for_unknown: bool },
    Ended { for_unknown: bool, is_good: bool },
    StaleServe { age: Duration },
    BackOff { pause: Duration, failures: u32 },
}

/// Something that a thread does from its beginning to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Deed {
    /// This call is made.
    Call(usize),
    /// This request ends.
    Land(usize),
    /// An alarm rings.
    Ring,
    /// This snapshot is given.
    Give(usize),
    /// Somebody looks at the entry without asking for a key.
    Look(Sight),
}

/// A thread did something or something happened to it. Between two events of one thread, no other
/// thread runs. So the cache decides on the state that the events before left.
#[derive(Debug, Clone)]
pub(super) struct Event {
    /// The number of the deed that it is a part of.
    pub(super) deed: usize,
    pub(super) happened: Happened,
}

#[derive(Debug, Clone)]
pub(super) enum Happened {
    /// The clock was read. Other threads may have run before what follows from the reading.
    Read(Moment),
    /// A random number was drawn.
    Drew(f64),
    /// This request was started.
    Started(usize),
    /// A call that waited was settled.
    Settled(usize, Outcome),
    /// What somebody saw.
    Saw(Seen),
    /// The deed is complete.
    Ended,
    /// All that was due had happened by this time, and nobody is in the middle of a deed.
    Quiet(Moment),
}

/// A call, as its caller knows it.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) ask: Ask,
    pub(super) policy: CachePolicy,
    /// How the lookup ended: `None` if the call went on to wait.
    pub(super) at_once: Option<Outcome>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Ask {
    /// Any keys.
    Ready,
    /// The key of this token.
    Token { token: Token, can_wait: bool },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kid: usize,
    pub(super) signer: usize,
    /// Whether it names another issuer.
    pub(super) foreign: bool,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    Accepted,
    /// The key was there, and is another signer's.
    WrongSigner,
    Foreign,
    Unknown(Option<Duration>),
    Unavailable(FetchFailure, Duration),
}

/// Keys as a text, given by somebody with this policy.
#[derive(Debug)]
pub(super) struct Snapshot {
    pub(super) keys: Keys,
    /// In time since 1970, in whole milliseconds.
    pub(super) fetched_at: Duration,
    /// Why it must be ignored whatever its age.
    pub(super) fault: Option<SnapshotFault>,
    pub(super) policy: CachePolicy,
}

#[derive(Debug, Default)]
pub(super) struct Request {
    /// Whether the request named a tag, so that a server may say that nothing was modified.
    pub(super) tag: Option<String>,
    /// What the server said, once it has spoken.
    pub(super) response: Option<Response>,
}

#[derive(Debug, Clone)]
pub(super) enum Response {
    Set {
        keys: Keys,
        tag: Option<String>,
        max_age: Option<Duration>,
    },
    Unmodified {
        max_age: Option<Duration>,
    },
    NoKeys,
    Failed(Failed),
    /// The fetcher forgot about it.
    Dropped,
}

/// What somebody looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sight {
    Snapshot,
    Resting(Duration),
    TimeLeft(usize),
    /// The keys in memory, written as a snapshot.
    Export,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// The counters, and the usable keys in memory with their age.
    Snapshot {
        counters: Counts,
        set: Option<(usize, Duration)>,
    },
    Resting(bool),
    TimeLeft(Duration),
    /// How many keys a snapshot has, and when it says that they were fetched.
    Export(Option<(usize, Duration)>),
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) fetches: u64,
    pub(super) failures: u64,
    pub(super) stale_serves: u64,
    pub(super) unknown_lookups: u64,
    pub(super) last_duration: Option<Duration>,
    pub(super) snapshots_used: u64,
    pub(super) snapshots_ignored: u64,
    pub(super) snapshot_fault: Option<SnapshotFault>,
}

impl Response {
    /// The same as the fetcher hands it over. `None` if it drops the request.
    pub(super) fn as_received(
        &self,
        body: impl Fn(&Keys) -> String,
    ) -> Option<Result<KeySetResponse, Failed>> {
        let good = |body: Option<String>, etag: &Option<String>, max_age: Option<Duration>| {
            let body = body.map(String::into_bytes);
            Some(Ok(KeySetResponse { body, etag: etag.clone(), max_age }))
        };
        match self {
            Self::Set { keys, tag, max_age } => good(Some(body(keys)), tag, *max_age),
            Self::Unmodified { max_age } => good(None, &None, *max_age),
            Self::NoKeys => good(Some(r#"{"keys":[]}"#.to_owned()), &None, None),
            Self::Failed(failed) => Some(Err(*failed)),
            Self::Dropped => None,
        }
    }
}

impl History {
    /// An event with what belongs to it, for whoever reads a failed episode.
    pub(super) fn tell(&self, Event { deed, happened }: &Event) -> String {
        let doer = match self.deeds.get(*deed) {
            Some(Deed::Call(call)) => format!("call {call} {:?}", self.calls[*call]),
            Some(Deed::Land(request)) => format!("land {request} {:?}", self.requests[*request]),
            Some(Deed::Give(number)) => format!("give {:?}", self.snapshots[*number]),
            Some(other) => format!("{other:?}"),
            None => String::new(),
        };
        format!("{deed} {happened:?} ({doer})")
    }
}
