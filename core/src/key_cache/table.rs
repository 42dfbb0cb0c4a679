//! The decision table: from what is in memory to what to do. Pure, and tested as a table.

use std::time::Duration;

use crate::error::IssuerCause;

/// The first and shortest pause after a failed attempt.
pub const BACK_OFF_MIN: Duration = Duration::from_millis(250);
/// The longest pause: what a recovered key server waits for at most.
pub const BACK_OFF_MAX: Duration = Duration::from_secs(30);
/// A refresh may start when this share of the lifetime has passed; each set draws its own share
/// between the two, so that many processes do not ask in step.
pub const REFRESH_FROM: f64 = 0.8;
/// See [`REFRESH_FROM`].
pub const REFRESH_UNTIL: f64 = 0.9;

/// How long keys are fresh where neither the caller nor the key server says.
pub const DEFAULT_MAX_AGE: Duration = Duration::from_secs(600);
/// The least that a key server can shorten a lifetime to.
pub const SERVER_MAX_AGE_MIN: Duration = Duration::from_secs(30);
/// The most that a key server can lengthen the default lifetime to.
pub const SERVER_MAX_AGE_MAX: Duration = Duration::from_secs(3_600);

/// How one caller wants keys to be kept. Judged per caller; what happened is kept per entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long a set is fresh after its fetch. `None` leaves it to the key server, and to
    /// [`DEFAULT_MAX_AGE`] where that doesn't say; a server can shorten a value, never lengthen it.
    pub max_age: Option<Duration>,
    /// How long it still serves after that while it can't be fetched again.
    pub stale_if_error: Duration,
    /// The shortest time between two fetches made for unknown `kid`s.
    pub cooldown: Duration,
    /// The time for one request, from the start of the connection to the last byte.
    pub timeout: Duration,
}

impl Limits {
    /// How long a set is fresh for this caller, whose server asks for `server` if for anything.
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

/// What a lookup meets.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Situation {
    /// The set in memory, if there is one.
    pub set: Option<Held>,
    /// How long the entry still backs off after a failed attempt.
    pub backing_off: Option<Duration>,
    /// How long the entry still cools down after a good fetch for an unknown `kid`.
    pub cooling_down: Option<Duration>,
    /// Whether the last refresh died because the process stood still: a function that is frozen
    /// between two calls would never finish one behind them.
    pub refresh_died: bool,
}

/// Whether the set has the key that is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presence {
    /// It has a usable key under the `kid`.
    Present,
    /// It has none.
    Missing,
    /// It has none, and the unverified issuer is not one of the accepted ones.
    Foreign(IssuerCause),
}

/// The set in memory, as the table sees it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Held {
    /// Whether it has the key.
    pub key: Presence,
    /// Time since its fetch.
    pub age: Duration,
    /// The lifetime that its server asked for, if it did.
    pub server_max_age: Option<Duration>,
    /// The share of its lifetime after which it may be refreshed.
    pub refresh_share: f64,
}

/// What to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// Use the key in memory.
    Serve,
    /// Use the key in memory, and have one fetch under way behind it.
    ServeAndRefresh,
    /// Have one fetch under way and wait for it; use the key in memory if it brings nothing.
    RefreshThenServe,
    /// Have one fetch under way and wait for it.
    Fetch,
    /// Give the last failure at once.
    Fail {
        /// When the next attempt may be made.
        retry_after: Duration,
    },
    /// The token is another issuer's: no request.
    ForeignIssuer(IssuerCause),
    /// The last fetch for an unknown `kid` is too recent for another.
    UnknownKey {
        /// When the next lookup may be made.
        retry_after: Duration,
    },
}

/// The table of the design, row by row.
#[must_use]
pub fn decide(situation: &Situation, limits: &Limits) -> Decision {
    let Situation { set, backing_off, cooling_down, refresh_died } = *situation;
    let fetch_or_fail = match backing_off {
        Some(retry_after) => Decision::Fail { retry_after },
        None => Decision::Fetch,
    };
    let Some(held) = set else { return fetch_or_fail };
    match (held.key, backing_off, cooling_down) {
        (Presence::Present, _, _) => match age(&held, limits) {
            Age::Fresh => Decision::Serve,
            Age::Ageing | Age::Stale if backing_off.is_some() => Decision::Serve,
            Age::Stale if refresh_died => Decision::RefreshThenServe,
            Age::Ageing | Age::Stale => Decision::ServeAndRefresh,
            Age::Gone => fetch_or_fail,
        },
        (Presence::Foreign(cause), _, _) => Decision::ForeignIssuer(cause),
        (Presence::Missing, None, Some(retry_after)) => Decision::UnknownKey { retry_after },
        (Presence::Missing, _, _) => fetch_or_fail,
    }
}

enum Age {
    Fresh,
    /// In the refresh window.
    Ageing,
    /// Expired, within the grace time.
    Stale,
    Gone,
}

fn age(held: &Held, limits: &Limits) -> Age {
    let lifetime = limits.lifetime(held.server_max_age);
    if held.age < lifetime.mul_f64(held.refresh_share) {
        Age::Fresh
    } else if held.age < lifetime {
        Age::Ageing
    } else if held.age < lifetime.saturating_add(limits.stale_if_error) {
        Age::Stale
    } else {
        Age::Gone
    }
}

/// The pause after so many failures in a row: at random between [`BACK_OFF_MIN`] and a ceiling that
/// doubles with each failure up to [`BACK_OFF_MAX`]. `fraction` is from 0 to 1.
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
