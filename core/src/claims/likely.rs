//! The likely cause of a claim that is not what the policy asks for. The token's signature is good.
//!
//! Claims and options can have thousands of strings each, so nothing here compares all pairs.

use std::collections::HashSet;

use crate::error::Cause;
use crate::error::causes::{claims as causes, connect, issuer as issuers};
use crate::issuer::is_id_token;
use crate::json::Object;
use crate::marks::is_machine;

/// What the ids of clients and of organizations begin with.
const CLIENT_PREFIX: &str = "client_";
const ORGANIZATION_PREFIX: &str = "org_";

/// What the documentation has in place of a client id, and what people make of it.
const PLACEHOLDERS: [&str; 3] = ["your_client_id", "your-client-id", "client_id"];

pub(super) fn audience(held: &[&str], accepted: &[String]) -> &'static Cause {
    if held.iter().all(|audience| audience.is_empty()) {
        &causes::EMPTY_AUDIENCE
    } else if are_alike(held, accepted.iter(), plain_audience) {
        &causes::AUDIENCE_SPELLING
    } else if held.iter().any(|audience| is_placeholder(audience)) {
        &causes::AUDIENCE_PLACEHOLDER
    } else if are_joined(held, accepted) {
        &causes::AUDIENCE_JOINED
    } else if held.iter().any(|it| it.starts_with(CLIENT_PREFIX))
        && accepted.iter().any(|it| it.starts_with(CLIENT_PREFIX))
    {
        &causes::AUDIENCE_OTHER_CLIENT
    } else if held.iter().any(|it| is_url(it)) && !accepted.iter().any(|it| is_url(it)) {
        &causes::AUDIENCE_RESOURCE
    } else if held.iter().any(|it| it.starts_with(CLIENT_PREFIX))
        && accepted.iter().any(|it| is_url(it))
    {
        &causes::AUDIENCE_NOT_RESOURCE
    } else {
        &causes::AUDIENCE
    }
}

/// The same for a token of WorkOS Connect, whose `aud` no template sets.
pub(super) fn connect_audience(
    claims: &Object<'_>,
    held: &[&str],
    accepted: &[String],
) -> &'static Cause {
    let is_client = held.iter().any(|it| it.starts_with(CLIENT_PREFIX));
    if is_id_token(claims) {
        &issuers::ID_TOKEN
    } else if are_alike(held, accepted.iter(), plain_audience) {
        &connect::AUDIENCE_SPELLING
    } else if is_client && accepted.iter().any(|it| is_url(it)) {
        match is_machine(claims) {
            true => &connect::MACHINE_AUDIENCE,
            false => &connect::AUDIENCE_NOT_RESOURCE,
        }
    } else if held.iter().any(|it| is_url(it)) {
        &connect::OTHER_RESOURCE
    } else {
        &connect::AUDIENCE
    }
}

/// Only a Connect token has `scope`, and names the application that asked for it.
pub(super) fn client_id(client_id: &str, has_scope: bool) -> &'static Cause {
    match has_scope || is_url(client_id) {
        true => &causes::CONNECT_TOKEN,
        false => &causes::CLIENT_ID,
    }
}

pub(super) fn organization(accepted: &[String]) -> &'static Cause {
    match accepted.iter().any(|it| it.starts_with(ORGANIZATION_PREFIX)) {
        true => &causes::ORGANIZATION,
        false => &causes::ORGANIZATION_NAME,
    }
}

pub(super) fn roles(claims: &Object<'_>, held: &[&str], accepted: &[String]) -> &'static Cause {
    if held.is_empty() && claims.get("org_id").is_none() {
        &causes::WITHOUT_ORGANIZATION
    } else if are_alike(held, accepted.iter(), plain_name) {
        &causes::ROLE_SPELLING
    } else {
        &causes::ROLES
    }
}

pub(super) fn permissions(
    claims: &Object<'_>,
    held: &[&str],
    required: &[String],
) -> &'static Cause {
    if held.is_empty() && claims.get("org_id").is_none() {
        return &causes::WITHOUT_ORGANIZATION;
    }
    let has: HashSet<&str> = held.iter().copied().collect();
    let missing = required.iter().filter(|permission| !has.contains(permission.as_str()));
    match are_alike(held, missing, plain_name) {
        true => &causes::PERMISSION_SPELLING,
        false => &causes::PERMISSIONS,
    }
}

/// Whether one of the token's strings is one of the others but for its spelling.
fn are_alike<'option>(
    held: &[&str],
    mut others: impl Iterator<Item = &'option String>,
    plain: fn(&str) -> String,
) -> bool {
    let held: HashSet<String> = held.iter().map(|one| plain(one)).collect();
    others.any(|one| held.contains(&plain(one)))
}

/// Without what people add to an audience or leave out.
fn plain_audience(audience: &str) -> String {
    let kept = |it: &char| !it.is_whitespace() && !matches!(it, '"' | '\'' | '`');
    let plain: String = audience.trim_end_matches('/').chars().filter(kept).collect();
    plain.to_lowercase()
}

/// The letters and digits of a role or a permission.
fn plain_name(name: &str) -> String {
    name.chars().filter(|it| it.is_alphanumeric()).collect::<String>().to_lowercase()
}

fn is_placeholder(audience: &str) -> bool {
    audience.contains(['<', '{', '\u{2026}'])
        || audience.contains("...")
        || PLACEHOLDERS.iter().any(|one| audience.eq_ignore_ascii_case(one))
}

/// Whether an accepted audience is one of a list that the template wrote as one string.
fn are_joined(held: &[&str], accepted: &[String]) -> bool {
    let accepted: HashSet<&str> = accepted.iter().map(String::as_str).collect();
    let mut parts = held.iter().flat_map(|audience| audience.split([',', ' ', ';']));
    parts.any(|part| accepted.contains(part))
}

fn is_url(text: &str) -> bool {
    text.starts_with("https://") || text.starts_with("http://")
}
