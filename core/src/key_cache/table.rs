//! The decision table: given what is in memory, what should a caller do?
//!
//! [`decide`] is a pure function, and it is tested as the table it is. Age is judged by the policy
//! of the caller who asks, so two callers of one entry can get different decisions. An attempt that
//! failed delays the next one (back-off). A fetch for an unknown `kid` that succeeded delays only
//! the next fetch for an unknown `kid` (cooldown): otherwise anyone could cause a request per token
//! by making up `kid`s.

use std::time::Duration;

use crate::error::IssuerCause;

/// The first and shortest pause after a failed attempt.
pub const BACK_OFF_MIN: Duration = Duration::from_millis(250);
/// The longest pause, and so the longest that a recovered key server goes unused.
pub const BACK_OFF_MAX: Duration = Duration::from_secs(30);
/// A refresh may start once this share of the lifetime has passed. Each set draws its own share
/// between the two limits, so that many processes do not fetch in step.
pub const REFRESH_FROM: f64 = 0.8;
/// See [`REFRESH_FROM`].
pub const REFRESH_UNTIL: f64 = 0.9;

/// How long keys are fresh if neither the caller nor the key server says.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(600);
/// The shortest lifetime that a key server can ask for.
pub const SERVER_MAX_AGE_MIN: Duration = Duration::from_secs(30);
/// The longest lifetime to which a key server can extend the default.
pub const SERVER_MAX_AGE_MAX: Duration = Duration::from_secs(3_600);

/// How one caller wants keys to be cached. It is applied per caller; what has happened is
/// remembered per entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CachePolicy {
    /// How long a set is fresh after its fetch. `None` leaves it to the key server, or to
    /// [`DEFAULT_MAX_AGE`] if the server doesn't say. A server can shorten a given value but never
    /// extend it.
    pub max_age: Option<Duration>,
    /// How much longer it may still be used while fetching it again fails.
    pub stale_if_error: Duration,
    /// The shortest time between two fetches made for unknown `kid`s.
    pub cooldown: Duration,
    /// The time limit of one request, from the start of the connection to the last byte.
    pub timeout: Duration,
}

impl CachePolicy {
    /// How long a set is fresh for this caller. `server` is the lifetime that the key server asked
    /// for, if any.
    #[must_use]
    pub fn lifetime(&self, server: Option<Duration>) -> Duration {
        match (self.max_age, server) {
            (None, None) => DEFAULT_MAX_AGE,
            (None, Some(server)) => server.clamp(SERVER_MAX_AGE_MIN, SERVER_MAX_AGE_MAX),
            (Some(max_age), None) => max_age,
            (Some(max_age), Some(server)) => max_age.min(server.max(SERVER_MAX_AGE_MIN)),
        }
    }
}

/// The situation in which a caller looks for a key.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Situation {
    /// The set in memory, if there is one.
    pub set: Option<Held>,
    /// For how much longer a failed attempt delays the next one.
    pub backing_off: Option<Duration>,
    /// For how much longer a successful fetch for an unknown `kid` delays the next such fetch.
    pub cooling_down: Option<Duration>,
    /// Whether the last refresh died because the process stood still. A serverless function that is
    /// frozen between calls would never finish a refresh in the background.
    pub refresh_died: bool,
}

/// Whether the set has the wanted key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It has a usable key with this `kid`.
    Present,
    /// It has none.
    Missing,
    /// It has none, and the token's unverified issuer is not an accepted one.
    Foreign(IssuerCause),
}

/// The set in memory, as the table sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// Whether it has the key.
    pub key: Presence,
    /// Time since its fetch.
    pub age: Duration,
    /// The lifetime that its server asked for, if any.
    pub server_max_age: Option<Duration>,
    /// The share of its lifetime after which it may be refreshed.
    pub refresh_share: f64,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Use the key in memory.
    Serve,
    /// Use the key in memory, and make sure that a fetch is under way in the background.
    ServeAndRefresh,
    /// Make sure that a fetch is under way and wait for it. If it fails, use the key in memory.
    RefreshThenServe,
    /// Make sure that a fetch is under way and wait for it.
    Fetch,
    /// Report the last failure at once.
    Fail {
        /// How soon another attempt may be made.
        retry_after: Duration,
    },
    /// The token is from a different issuer, so no request is made.
    ForeignIssuer(IssuerCause),
    /// The last fetch for an unknown `kid` is too recent for another one.
    UnknownKey {
        /// How soon another fetch may be made.
        retry_after: Duration,
    },
}

/// The table, row by row.
#[must_use]
pub fn decide(situation: &Situation, policy: &CachePolicy) -> Decision {
    let Situation { set, backing_off, cooling_down, refresh_died } = *situation;
    let fetch_or_fail = match backing_off {
        Some(retry_after) => Decision::Fail { retry_after },
        None => Decision::Fetch,
    };
    let Some(held) = set else { return fetch_or_fail };
    match (held.key, backing_off, cooling_down) {
        (Presence::Present, _, _) => match age(&held, policy) {
            Age::Fresh => Decision::Serve,
            Age::Aging | Age::Stale if backing_off.is_some() => Decision::Serve,
            Age::Stale if refresh_died => Decision::RefreshThenServe,
            Age::Aging | Age::Stale => Decision::ServeAndRefresh,
            Age::Gone => fetch_or_fail,
        },
        (Presence::Foreign(cause), _, _) => Decision::ForeignIssuer(cause),
        (Presence::Missing, None, Some(retry_after)) => Decision::UnknownKey { retry_after },
        (Presence::Missing, _, _) => fetch_or_fail,
    }
}

/// The age of a set, by the policy of one caller.
enum Age {
    Fresh,
    /// In the refresh window.
    Aging,
    /// Expired, within the grace time.
    Stale,
    /// Past the grace time too: never used.
    Gone,
}

fn age(held: &Held, policy: &CachePolicy) -> Age {
    let lifetime = policy.lifetime(held.server_max_age);
    if held.age < lifetime.mul_f64(held.refresh_share) {
        Age::Fresh
    } else if held.age < lifetime {
        Age::Aging
    } else if held.age < lifetime.saturating_add(policy.stale_if_error) {
        Age::Stale
    } else {
        Age::Gone
    }
}

/// The pause after this many failures in a row: a random time between [`BACK_OFF_MIN`] and a
/// ceiling that doubles with each failure, up to [`BACK_OFF_MAX`]. `fraction` is from 0 to 1.
#[must_use]
pub fn back_off(failures: u32, fraction: f64) -> Duration {
    let doublings = failures.min(16);
    let ceiling = BACK_OFF_MIN.saturating_mul(1 << doublings).min(BACK_OFF_MAX);
    let chance = ceiling.saturating_sub(BACK_OFF_MIN).mul_f64(fraction.clamp(0.0, 1.0));
    BACK_OFF_MIN.saturating_add(chance)
}

/// The share of its lifetime after which a set may be refreshed. `fraction` is from 0 to 1.
#[must_use]
pub fn refresh_share(fraction: f64) -> f64 {
    (REFRESH_UNTIL - REFRESH_FROM).mul_add(fraction.clamp(0.0, 1.0), REFRESH_FROM)
}
