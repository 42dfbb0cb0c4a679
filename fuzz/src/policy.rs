//! What the targets' verifiers ask for.

use std::time::Duration;

use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::key_cache::table::CachePolicy;

pub const ISSUER: &str = "https://api.workos.com/user_management/client_A";
/// The algorithms of tokens.
pub const ALLOWED: [&str; 2] = ["RS256", "ES384"];

pub fn policy() -> Policy {
    let algorithms = AllowList::from_names(ALLOWED).expect("names of algorithms");
    let audiences = Some(vec!["client_A".to_owned()]);
    Policy {
        client_id: Some("client_A".to_owned()),
        clock_tolerance_seconds: 5,
        ..Policy::new(algorithms, vec![ISSUER.to_owned()], audiences)
    }
}

/// Callers of one key server: the default, an impatient one without any grace time, and a patient one.
pub fn cache_policies() -> [CachePolicy; 3] {
    let policy = |max_age: Option<u64>, stale: u64, cooldown, timeout| CachePolicy {
        max_age: max_age.map(Duration::from_secs),
        stale_if_error: Duration::from_secs(stale),
        cooldown: Duration::from_secs(cooldown),
        timeout: Duration::from_millis(timeout),
    };
    [
        policy(None, 3_600, 10, 5_000),
        policy(Some(30), 0, 1, 100),
        policy(Some(7_200), 86_400, 300, 30_000),
    ]
}
