//! Several entries: which are asked, which refusal is told, and what happens while one of them waits.

mod told;
mod waiting;

use std::sync::{Arc, LazyLock};

use serde_json::{Value, json};
use verify_workos_token_core::algorithm::AllowList;
use verify_workos_token_core::claims::Policy;
use verify_workos_token_core::entries::{Awaited, Entries, Step, Verdict};
use verify_workos_token_core::entries_explain::{EntriesExplained, Rest};
use verify_workos_token_core::error::{Code, Refusal};
use verify_workos_token_core::explain::Explanation;
use verify_workos_token_core::key_cache::Entry;
use verify_workos_token_core::token_cache::TokenCache;
use verify_workos_token_core::verifier::{KeySource, Refused, Resumable, Verified, Verifier};

use crate::support;
use crate::support::calls::Call;
use crate::support::signer::Signer;
use crate::support::{CACHE_POLICY, NOW, claims, claims_with, key_set};

/// Another environment's issuer.
const OTHER_ISSUER: &str = "https://api.workos.com/user_management/client_01OTHER";

/// The key of most tests: RSA keys take long to generate.
fn ours() -> &'static Signer {
    static OURS: LazyLock<Signer> = LazyLock::new(|| Signer::new("ES256", "key_1"));
    &OURS
}

/// Another key with the same `kid`.
fn theirs() -> &'static Signer {
    static THEIRS: LazyLock<Signer> = LazyLock::new(|| Signer::new("ES256", "key_1"));
    &THEIRS
}

fn policy() -> Policy {
    Policy { algorithms: AllowList::from_names(["ES256"]).unwrap(), ..support::policy() }
}

/// An entry with a fixed key.
fn fixed(policy: Policy, signer: &Signer) -> Verifier {
    let keys = KeySource::Fixed(key_set([&signer.jwk]));
    Verifier { policy, keys, token_cache: None }
}

/// An entry whose keys are fetched.
fn fetched(policy: Policy, entry: Arc<Entry>) -> Verifier {
    Verifier { policy, keys: KeySource::Cached(entry, CACHE_POLICY), token_cache: None }
}

fn several(verifiers: impl IntoIterator<Item = Verifier>) -> Arc<Entries> {
    Arc::new(Entries::several(verifiers.into_iter().map(Arc::new).collect()))
}

/// The same entries, which remember tokens together.
fn remembering(verifiers: impl IntoIterator<Item = Verifier>) -> (Arc<Entries>, Arc<TokenCache>) {
    let cache = Arc::new(TokenCache::default());
    let remember = |verifier| Verifier { token_cache: Some(Arc::clone(&cache)), ..verifier };
    (several(verifiers.into_iter().map(remember)), cache)
}

fn for_issuer(issuer: &str) -> Policy {
    Policy { issuers: vec![issuer.to_owned()], ..policy() }
}

fn for_audience(audience: &str) -> Policy {
    Policy { audiences: Some(vec![audience.to_owned()]), ..policy() }
}

/// A good token of the other environment.
fn other_claims() -> Value {
    claims_with("iss", json!(OTHER_ISSUER))
}

/// The verdict with the keys in memory.
fn verify(entries: &Entries, token: &str) -> Verdict {
    match entries.verify(entries.present(token), NOW) {
        Step::Done(verdict) => verdict,
        Step::Wait(waiting) => panic!("nothing to wait for: {waiting:?}"),
    }
}

fn entry_of(verdict: Verdict) -> Option<usize> {
    verdict.expect("a token that is accepted").entry
}

fn code(verdict: Verdict) -> Code {
    verdict.expect_err("a refusal").refusal.code()
}

impl Call<Verdict> {
    /// As the addon does it: each wait is resumed, and may be followed by another.
    fn by_entries(entries: &Arc<Entries>, token: &str) -> Self {
        let call = Self::pending();
        let step = entries.verify(entries.present(token), NOW);
        go_on(entries, step, call.settle());
        call
    }
}

fn go_on(entries: &Arc<Entries>, step: Step, settle: Box<dyn FnOnce(Verdict) + Send>) {
    let waiting = match step {
        Step::Done(verdict) => return settle(verdict),
        Step::Wait(waiting) => waiting,
    };
    let after = Arc::clone(entries);
    let resume = move |awaited: Result<Awaited, Refused>| match awaited {
        Ok(awaited) => go_on(&after, awaited.resume(), settle),
        Err(refused) => settle(Err(refused)),
    };
    entries.wait_for(waiting, Box::new(resume));
}

impl Call<Explanation> {
    /// The same for an explanation.
    fn explained_by_entries(entries: &Arc<Entries>, token: &str) -> Self {
        let call = Self::pending();
        let subject = (Arc::clone(entries), token.to_owned());
        explain_on(subject, entries.explain(token, NOW), call.settle());
        call
    }
}

fn explain_on(
    (entries, token): (Arc<Entries>, String),
    explained: EntriesExplained,
    settle: Box<dyn FnOnce(Explanation) + Send>,
) {
    let unexplained = match explained {
        EntriesExplained::Done(done) => return settle(*done.explanation),
        EntriesExplained::Wait(unexplained) => unexplained,
    };
    let (send, receive) = std::sync::mpsc::channel::<Rest>();
    let asked = Arc::clone(&entries);
    let resume = move |keys: Result<Resumable, Refusal>| {
        let rest = receive.recv().expect("what remains");
        let next = asked.explain_rest((&token, NOW), rest, keys);
        explain_on((Arc::clone(&asked), token), next, settle);
    };
    let rest = entries.wait_to_explain(*unexplained, Box::new(resume));
    send.send(rest.expect("an entry that waits")).expect("a wait that goes on");
}

#[test]
fn the_issuer_selects_the_entry_and_each_has_keys_of_its_own() {
    let (ours, theirs) = (ours(), theirs());
    let entries = several([fixed(policy(), ours), fixed(for_issuer(OTHER_ISSUER), theirs)]);
    assert_eq!(entry_of(verify(&entries, &ours.sign(&claims()))), Some(0));
    assert_eq!(entry_of(verify(&entries, &theirs.sign(&other_claims()))), Some(1));
    // Signed with the key of the other entry, whose `kid` is the same.
    assert_eq!(code(verify(&entries, &theirs.sign(&claims()))), Code::InvalidSignature);
    assert_eq!(code(verify(&entries, &ours.sign(&other_claims()))), Code::InvalidSignature);
}

#[test]
fn the_first_entry_that_accepts_a_token_counts() {
    let signer = ours();
    let entries = several([
        fixed(for_audience("https://mcp.invalid"), signer),
        fixed(policy(), signer),
        fixed(policy(), signer),
    ]);
    assert_eq!(entry_of(verify(&entries, &signer.sign(&claims()))), Some(1));
    let token = signer.sign(&claims_with("aud", json!("https://mcp.invalid")));
    assert_eq!(entry_of(verify(&entries, &token)), Some(0));
    let token = signer.sign(&claims_with("aud", json!("https://other.invalid")));
    assert_eq!(code(verify(&entries, &token)), Code::InvalidAudience);
}

#[test]
fn a_remembered_token_is_judged_by_each_entry_again() {
    let (ours, theirs) = (ours(), theirs());
    let strict = Policy { permissions: Some(vec!["a".to_owned()]), ..policy() };
    let (entries, cache) = remembering([
        fixed(strict, ours),
        fixed(policy(), ours),
        fixed(for_issuer(OTHER_ISSUER), theirs),
    ]);
    let token = ours.sign(&claims());
    for hits in [0, 0, 1] {
        assert_eq!(cache.usage().hits, hits);
        assert_eq!(entry_of(verify(&entries, &token)), Some(1));
    }
    let remembered = entries.recall(entries.present(&token), NOW).expect("a remembered token");
    let id = match remembered.expect("a good token").verified {
        Verified::Again(remembered) => remembered.id(),
        Verified::New(text) => panic!("not remembered: {text}"),
    };
    assert_eq!(entries.recheck(id, NOW).map(entry_of), Some(Some(1)));
    // Expired for all of them, which is told of the first.
    assert_eq!(entries.recheck(id, NOW + 1_000.0).map(code), Some(Code::TokenExpired));
    assert!(entries.recheck(id + 1, NOW).is_none());
}

#[test]
fn an_entry_with_another_key_of_the_same_kid_makes_all_checks() {
    let (ours, theirs) = (ours(), theirs());
    let (entries, _cache) = remembering([fixed(policy(), theirs), fixed(policy(), ours)]);
    let token = ours.sign(&claims());
    for _ in 0..2 {
        assert_eq!(entry_of(verify(&entries, &token)), Some(1));
        // The first one would have to check the signature.
        assert!(entries.recall(entries.present(&token), NOW).is_none());
    }
}

#[test]
fn an_entry_without_the_kid_costs_no_signature() {
    let (ours, theirs) = (ours(), theirs().named("key_2"));
    let (entries, cache) = remembering([fixed(policy(), &theirs), fixed(policy(), ours)]);
    let token = ours.sign(&claims());
    for hits in [0, 0, 1] {
        assert_eq!(cache.usage().hits, hits);
        assert_eq!(entry_of(verify(&entries, &token)), Some(1));
    }
}

#[test]
fn an_entry_that_remembers_nothing_makes_all_checks() {
    let signer = ours();
    let cache = Arc::new(TokenCache::default());
    let remembering = Verifier { token_cache: Some(Arc::clone(&cache)), ..fixed(policy(), signer) };
    let entries = several([fixed(for_audience("other"), signer), remembering]);
    for _ in 0..3 {
        assert_eq!(entry_of(verify(&entries, &signer.sign(&claims()))), Some(1));
    }
    assert_eq!(cache.usage().hits, 0);
}
