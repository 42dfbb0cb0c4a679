//! Remembered tokens by their number: the same verdicts as by their text.

use super::*;

impl Setting {
    fn verifier(&self, policy: Policy, keys: &Arc<KeySet>) -> Verifier {
        let keys = KeySource::Fixed(Arc::clone(keys));
        Verifier { policy, keys, token_cache: Some(Arc::clone(&self.cache)) }
    }

    fn ours(&self, policy: Policy) -> Verifier {
        self.verifier(policy, &self.ours)
    }

    /// The number of the token, which comes for the second time.
    fn number(&self) -> u64 {
        number_of(&self.ours(policy()), &self.token)
    }
}

fn number_of(verifier: &Verifier, token: &str) -> u64 {
    match verifier.recall(verifier.present(token), NOW) {
        Some(Ok(Verified::Again(remembered))) => remembered.id(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_number_comes_to_the_same_as_the_token() {
    let setting = Setting::remembering();
    let number = setting.number();
    let asked = || Some(vec!["asked".to_owned()]);
    for (policy, now) in [
        (policy(), NOW),
        (policy(), NOW + 305.0),
        (policy(), f64::NAN),
        (Policy { issuers: asked().unwrap(), ..policy() }, NOW),
        (Policy { audiences: asked(), ..policy() }, NOW),
        (Policy { client_id: Some("asked".into()), ..policy() }, NOW),
        (Policy { organization_ids: asked(), ..policy() }, NOW),
        (Policy { roles: asked(), ..policy() }, NOW),
        (Policy { permissions: asked(), ..policy() }, NOW),
    ] {
        let verifier = setting.ours(policy);
        let (by_text, hits) =
            (verifier.recall(verifier.present(&setting.token), now), setting.hits());
        assert!(by_text.is_some());
        assert_eq!(verifier.recheck(number, now), by_text);
        assert_eq!(setting.hits(), hits + 1);
    }
}

#[test]
fn a_number_is_of_no_use_to_another_allow_list_or_key_or_without_memory() {
    let setting = Setting::remembering();
    let number = setting.number();
    let hits = setting.hits();
    let algorithms = AllowList::from_names(["ES256", "PS256"]).unwrap();
    let mut other_algorithm = Signer::shared().jwk.clone();
    other_algorithm["alg"] = json!("PS256");
    let other_keys = [
        (vec![Signer::other().jwk.clone()], false),
        (vec![Signer::shared().named("key_2").jwk], true),
        (vec![other_algorithm], true),
        (vec![Signer::shared().jwk.clone(), Signer::other().jwk.clone()], true),
        (vec![], true),
    ];
    let mut strangers: Vec<(Verifier, bool)> = other_keys
        .iter()
        .map(|(jwks, is_unfit)| (setting.verifier(policy(), &key_set(jwks)), *is_unfit))
        .collect();
    strangers.push((setting.ours(Policy { algorithms, ..policy() }), true));
    strangers.push((Verifier { token_cache: None, ..setting.ours(policy()) }, false));
    for (stranger, is_unfit) in strangers {
        let Step::Done(verdict) = stranger.verify_new(stranger.present(&setting.token), NOW) else {
            panic!("a fixed set leaves nothing to wait for");
        };
        // What is refused before its signature is refused as all checks refuse it.
        assert!(!is_unfit || verdict.is_err());
        assert_eq!(stranger.recheck(number, NOW), is_unfit.then_some(verdict));
    }
    assert_eq!(setting.hits(), hits);
}

#[test]
fn a_number_that_was_never_given_finds_nothing() {
    let setting = Setting::remembering();
    let number = setting.number();
    for other in [0, number + 1, u64::MAX] {
        assert_eq!(setting.ours(policy()).recheck(other, NOW), None);
    }
}

#[test]
fn a_number_needs_a_key_that_may_serve_now_and_refreshes_it() {
    let world = World::default();
    let entry = world.entry("https://keys.invalid");
    let keys = KeySource::Cached(Arc::clone(&entry), CACHE_POLICY);
    let verifier = Arc::new(Verifier { policy: policy(), keys, token_cache: Some(Arc::default()) });
    let token = Signer::shared().sign(&claims());
    let call = Call::verify(&verifier, &token);
    world.answer(set_text([&Signer::shared().jwk]));
    assert!(call.outcome().is_ok());
    let number = number_of(&verifier, &token);

    world.advance(MAX_AGE);
    assert!(verifier.recheck(number, NOW).unwrap().is_ok());
    assert_eq!((world.requests(), entry.snapshot().counters.stale_serves), (2, 1));
    world.advance(CACHE_POLICY.stale_if_error);
    assert_eq!(verifier.recheck(number, NOW), None, "past its grace time");
    let call = Call::verify(&verifier, &token);
    world.answer(set_text([&Signer::other().jwk]));
    assert_eq!(refusal(call.outcome()), Refusal::InvalidSignature);
    assert_eq!(verifier.recheck(number, NOW), None, "another key has its name");
}

#[test]
fn a_token_that_is_used_by_its_number_is_kept() {
    let setting = Setting::new();
    let (signer, policy) = quick();
    let verifier = setting.verifier(policy, &key_set([&signer.jwk]));
    let token = |number: usize| signer.sign(&claims_with("jti", json!(number.to_string())));
    let remember = |number| assert!(verify(&verifier, &token(number)).is_ok());
    let most = MAX_ENTRIES;
    (0..most).for_each(remember);
    let [first, second] = [0, 1].map(|number| number_of(&verifier, &token(number)));
    (2..most).for_each(remember);
    // The first two are now the least recently used.
    assert!(verifier.recheck(first, NOW).unwrap().is_ok());
    remember(most);
    assert_eq!(setting.entries(), most);
    assert!(verifier.recheck(first, NOW).is_some(), "recently used, and kept");
    assert_eq!(verifier.recheck(second, NOW), None, "has left");

    remember(1);
    let again = number_of(&verifier, &token(1));
    assert!(again > first && again > second, "the same token has another number");
    assert_eq!(verifier.recheck(second, NOW), None);
}

#[test]
fn a_token_that_several_threads_remember_is_counted_once() {
    let setting = Setting::new();
    let verifier = setting.ours(policy());
    // Without looking into the cache first, as threads do that have looked at the same time.
    for _ in 0..3 {
        assert!(matches!(
            verifier.verify_new(verifier.present(&setting.token), NOW),
            Step::Done(Ok(_))
        ));
        assert_eq!(setting.entries(), 1);
    }
    let once = setting.cache.usage().bytes;
    let alone = Setting::remembering();
    assert_eq!(once, alone.cache.usage().bytes);
}
