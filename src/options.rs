//! The options of verifiers as JavaScript hands them over: checked, complete, one JSON text.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::value::RawValue;
use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::claims::{Carrier, Connect, Policy, Profile};
use verify_workos_token_core::entries::Entries;
use verify_workos_token_core::key_cache::Source;
use verify_workos_token_core::key_cache::table::CachePolicy;
use verify_workos_token_core::key_set::KeySet;
use verify_workos_token_core::verifier::{KeySource, Verifier};

use crate::registry::REGISTRY;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Options {
    client_id: Option<String>,
    issuers: Vec<String>,
    audiences: Option<Vec<String>>,
    /// Only for the tokens of WorkOS Connect.
    connect: Option<ConnectOptions>,
    /// Only for the tokens of sealed sessions.
    session: Option<Session>,
    algorithms: Vec<String>,
    clock_tolerance_seconds: u16,
    organization_ids: Option<Vec<String>>,
    permissions: Option<Vec<String>>,
    roles: Option<Vec<String>>,
    entitlements: Option<Vec<String>>,
    feature_flags: Option<Vec<String>>,
    max_auth_age_seconds: Option<u32>,
    deny_impersonation: bool,
    verified_token_cache: bool,
    keys: Keys,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ConnectOptions {
    users: bool,
    machines: bool,
    scopes: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Session {
    requires_audience: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
enum Keys {
    Fixed(Box<RawValue>),
    Fetched(Box<Fetched>),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Fetched {
    url: String,
    ca: Option<String>,
    proxy: Option<String>,
    /// `None` where the caller leaves it to the default, and so to the key server.
    max_age_seconds: Option<f64>,
    stale_if_error_seconds: f64,
    cooldown_seconds: f64,
    timeout_ms: f64,
    snapshot: Option<String>,
}

/// The verifier that these options describe, or the several verifiers of an array of them.
pub(crate) fn entries(text: &str) -> Result<Entries, String> {
    if !text.starts_with('[') {
        let options = serde_json::from_str(text).map_err(|error| error.to_string())?;
        return verifier(options).map(|verifier| Entries::alone(Arc::new(verifier)));
    }
    let entries: Vec<Options> = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let verifiers = entries.into_iter().map(|options| verifier(options).map(Arc::new));
    verifiers.collect::<Result<_, _>>().map(Entries::several)
}

fn verifier(options: Options) -> Result<Verifier, String> {
    let names = options.algorithms.iter().map(String::as_str);
    let algorithms = AllowList::from_names(names)
        .map_err(|_| "an algorithm that cannot be allowed".to_owned())?;
    Ok(Verifier {
        policy: Policy {
            algorithms,
            client_id: options.client_id,
            issuers: options.issuers,
            audiences: options.audiences,
            profile: options.connect.map_or(
                Profile::Session,
                |ConnectOptions { users, machines, scopes }| {
                    Profile::Connect(Connect { users, machines, scopes })
                },
            ),
            carrier: options.session.map_or(Carrier::Bare, |session| Carrier::Session {
                requires_audience: session.requires_audience,
            }),
            clock_tolerance_seconds: options.clock_tolerance_seconds,
            organization_ids: options.organization_ids,
            permissions: options.permissions,
            roles: options.roles,
            entitlements: options.entitlements,
            feature_flags: options.feature_flags,
            max_auth_age_seconds: options.max_auth_age_seconds,
            deny_impersonation: options.deny_impersonation,
        },
        keys: key_source(options.keys)?,
        token_cache: options.verified_token_cache.then(|| Arc::clone(&REGISTRY.token_cache)),
    })
}

fn key_source(keys: Keys) -> Result<KeySource, String> {
    match keys {
        Keys::Fixed(set) => {
            let set = KeySet::parse(set.get().as_bytes())
                .map_err(|fault| fault.message().into_owned())?;
            Ok(KeySource::Fixed(Arc::new(set)))
        }
        Keys::Fetched(fetched) => {
            let seconds = |seconds: f64| {
                Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())
            };
            let policy = CachePolicy {
                max_age: fetched.max_age_seconds.map(seconds).transpose()?,
                stale_if_error: seconds(fetched.stale_if_error_seconds)?,
                cooldown: seconds(fetched.cooldown_seconds)?,
                timeout: seconds(fetched.timeout_ms / 1_000.0)?,
            };
            let Fetched { url, ca: extra_roots, proxy, snapshot, .. } = *fetched;
            let entry = REGISTRY.entry(Source { url, extra_roots, proxy });
            if let Some(snapshot) = snapshot {
                entry.take_snapshot(&snapshot, &policy);
            }
            Ok(KeySource::Cached(entry, policy))
        }
    }
}
