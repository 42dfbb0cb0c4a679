//! Keys in memory: the decision table, and the cache that follows it, with a clock and a network
//! that do what a test says.

mod callers;
mod failures;
mod flights;
mod journal;
mod lifetimes;
mod model;
mod rotation;
mod snapshots;
mod standstill;
mod table;

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use verify_workos_token_core::error::{FetchFailure, Refusal};
use verify_workos_token_core::key_cache::Entry;
use verify_workos_token_core::key_cache::table::CachePolicy;
use verify_workos_token_core::verifier::{KeySource, Verdict, Verifier};

use crate::support::calls::Call;
use crate::support::network::World;
use crate::support::signer::Signer;
use crate::support::{CACHE_POLICY, MAX_AGE, claims, policy, refusal, set_text};

const URL: &str = "https://keys.invalid";
const SECOND: Duration = Duration::from_secs(1);
const TICK: Duration = Duration::from_nanos(1);
/// The first pause after a failure, if the random number is 0.
const FIRST_PAUSE: Duration = Duration::from_millis(250);

/// A world, one source in it, and a caller with the default policy.
struct Setting {
    world: World,
    entry: Arc<Entry>,
    verifier: Arc<Verifier>,
    signer: &'static Signer,
    /// A good token of the signer.
    token: String,
}

impl Setting {
    /// Nothing is in memory.
    fn cold() -> Self {
        let world = World::default();
        let entry = world.entry(URL);
        let verifier = caller(&entry, CACHE_POLICY);
        let signer = Signer::shared();
        Self { world, entry, verifier, signer, token: signer.sign(&claims()) }
    }

    /// The signer's key is in memory, fetched just now.
    fn warm() -> Self {
        let setting = Self::cold();
        let ready = Call::ready(&setting.verifier);
        setting.world.answer(setting.keys());
        assert_eq!(ready.outcome(), Ok(()));
        setting
    }

    /// The text of the set with only the signer's key.
    fn keys(&self) -> String {
        set_text([&self.signer.jwk])
    }

    fn call(&self) -> Call {
        Call::verify(&self.verifier, &self.token)
    }

    fn call_for_unknown_key(&self) -> Call {
        Call::verify(&self.verifier, &token_of("key_unknown"))
    }

    /// How many requests were started since the world began.
    fn requests(&self) -> usize {
        self.world.requests()
    }
}

/// A caller with its own policy.
fn caller(entry: &Arc<Entry>, cache_policy: CachePolicy) -> Arc<Verifier> {
    let keys = KeySource::Cached(Arc::clone(entry), cache_policy);
    Arc::new(Verifier { policy: policy(), keys, token_cache: None })
}

/// A token that names this key and that nobody signed.
fn token_of(key_id: &str) -> String {
    let header = json!({ "alg": "RS256", "kid": key_id });
    crate::support::unsigned(&header.to_string(), &claims().to_string())
}

fn unavailable(failure: FetchFailure, retry_after: Duration) -> Refusal {
    Refusal::KeysUnavailable { failure, retry_after }
}

/// The key is unknown, as a fetch has just shown.
const UNKNOWN: Refusal = Refusal::UnknownKey { unusable: None, retry_after: None };

/// The key is unknown, and the cooldown prevents a fetch.
fn unknown_until(retry_after: Duration) -> Refusal {
    Refusal::UnknownKey { unusable: None, retry_after: Some(retry_after) }
}

fn refused(verdict: Verdict) -> Refusal {
    refusal(verdict)
}
