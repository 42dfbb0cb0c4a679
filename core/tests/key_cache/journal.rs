//! What the journal is told, and that nothing is made for one that is closed.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use verify_workos_token_core::key_cache::{
    Fetched, Journal, KeyEvent, KeyEventKind, KeySetResponse, MAX_KEY_ID_BYTES, MAX_KEYS_TOLD,
};
use verify_workos_token_core::key_set::KeySet;

use super::*;

#[derive(Default)]
struct Notebook {
    is_closed: AtomicBool,
    events: Mutex<Vec<KeyEvent>>,
}

impl Journal for Notebook {
    fn is_open(&self) -> bool {
        !self.is_closed.load(Ordering::Relaxed)
    }

    fn record(&self, event: KeyEvent) {
        self.events.lock().unwrap().push(event);
    }
}

/// A setting whose entry tells a notebook.
fn told() -> (Setting, Arc<Notebook>) {
    let setting = Setting::cold();
    let notebook = Arc::<Notebook>::default();
    let journal: Arc<dyn Journal> = Arc::<Notebook>::clone(&notebook);
    let entry = setting.world.new_entry(URL).told_to(journal, 7);
    let entry = Arc::new(entry);
    let verifier = caller(&entry, CACHE_POLICY);
    (Setting { entry, verifier, ..setting }, notebook)
}

/// What was told since the last time.
fn kinds(notebook: &Notebook) -> Vec<KeyEventKind> {
    notebook.events.lock().unwrap().drain(..).map(|event| event.kind).collect()
}

fn started(for_unknown_key: bool) -> KeyEventKind {
    KeyEventKind::RequestStarted { for_unknown_key }
}

/// The end of a request that took a second.
fn ended(
    for_unknown_key: bool,
    started_at: Duration,
    result: Result<Fetched, FetchFailure>,
) -> KeyEventKind {
    KeyEventKind::RequestEnded { for_unknown_key, started_at, duration: SECOND, result }
}

fn fetched(set: &str, added: usize, removed: usize) -> Fetched {
    let key_set = KeySet::parse(set.as_bytes()).unwrap().digest();
    Fetched { not_modified: false, key_set, added, removed }
}

fn names(kinds: &[KeyEventKind]) -> Vec<String> {
    let name = |kind: &KeyEventKind| match kind {
        KeyEventKind::KeyAdded(key) => format!("+{}", key.key_id),
        KeyEventKind::KeyRemoved(key) => format!("-{}", key.key_id),
        other => format!("{other:?}"),
    };
    kinds.iter().map(name).collect()
}

fn start() -> Duration {
    Duration::from_secs_f64(crate::support::NOW)
}

#[test]
fn a_request_is_told_whole_with_its_time_and_its_keys() {
    let (setting, notebook) = told();
    let call = setting.call();
    setting.world.advance(SECOND);
    setting.world.answer(setting.keys());
    assert!(call.outcome().is_ok());
    let events = notebook.events.lock().unwrap().clone();
    for event in &events {
        assert_eq!((event.entry, &*event.url, event.request), (7, URL, 1));
    }
    let times: Vec<_> = events.iter().map(|event| event.at - start()).collect();
    assert_eq!(times, [Duration::ZERO, SECOND, SECOND]);
    let kinds = kinds(&notebook);
    assert_eq!(kinds[0], started(false));
    assert_eq!(kinds[1], ended(false, start(), Ok(fetched(&setting.keys(), 1, 0))));
    assert_eq!(names(&kinds[2..]), ["+key_1"]);
}

#[test]
fn keys_come_and_go_with_responses() {
    let (setting, notebook) = told();
    let _ = setting.call();
    setting.world.answer(setting.keys());
    kinds(&notebook);
    let next = Signer::other().named("key_2");
    let call = Call::verify(&setting.verifier, &next.sign(&claims()));
    setting.world.advance(SECOND);
    let set = set_text([&next.jwk]);
    setting.world.answer(&*set);
    assert!(call.outcome().is_ok());
    let told = kinds(&notebook);
    assert_eq!(told[0], started(true));
    assert_eq!(told[1], ended(true, start(), Ok(fetched(&set, 1, 1))));
    assert_eq!(names(&told[2..]), ["-key_1", "+key_2"]);

    // Another key under the same name.
    setting.world.advance(MAX_AGE.mul_f64(0.9));
    let _ = Call::verify(&setting.verifier, &next.sign(&claims())).outcome();
    let set = set_text([&setting.signer.named("key_2").jwk]);
    setting.world.answer(&*set);
    assert_eq!(names(&kinds(&notebook)[2..]), ["-key_2", "+key_2"]);
}

#[test]
fn a_set_that_has_not_changed_changes_no_key() {
    let (setting, notebook) = told();
    let _ = setting.call();
    let etag = Some("\"1\"".to_owned());
    let body = Some(setting.keys().into_bytes());
    setting.world.take_flight().finish(Ok(KeySetResponse { body, etag, max_age: None }));
    kinds(&notebook);
    setting.world.advance(MAX_AGE.mul_f64(0.9));
    assert!(setting.call().outcome().is_ok());
    let confirmed = KeySetResponse { body: None, etag: None, max_age: None };
    setting.world.take_flight().finish(Ok(confirmed));
    let told = kinds(&notebook);
    assert_eq!(told.len(), 2);
    let KeyEventKind::RequestEnded { result: Ok(fetched), .. } = &told[1] else { panic!() };
    assert!(fetched.not_modified && fetched.added == 0 && fetched.removed == 0);
}

#[test]
fn a_failure_is_told_with_its_back_off() {
    let (setting, notebook) = told();
    let _ = setting.call();
    setting.world.advance(SECOND);
    setting.world.fail(FetchFailure::Status(500));
    let failed = ended(false, start(), Err(FetchFailure::Status(500)));
    let back_off = KeyEventKind::BackOff { pause: FIRST_PAUSE, failures: 1 };
    assert_eq!(kinds(&notebook), [started(false), failed, back_off]);
}

#[test]
fn a_request_that_died_is_told_without_back_off() {
    let (setting, notebook) = told();
    let _ = setting.call();
    setting.world.freeze(CACHE_POLICY.timeout * 2);
    let _ = setting.call();
    let told = kinds(&notebook);
    let died = &told[1];
    let KeyEventKind::RequestEnded { result: Err(FetchFailure::Timeout), .. } = died else {
        panic!("{told:?}")
    };
    assert_eq!([&told[0], &told[2]], [&started(false), &started(false)]);
    assert_eq!(told.len(), 3);
}

#[test]
fn stale_keys_are_told_of_once_until_a_request_has_ended() {
    let (setting, notebook) = told();
    let _ = setting.call();
    setting.world.answer(setting.keys());
    kinds(&notebook);
    setting.world.advance(MAX_AGE - TICK);
    assert!(setting.call().outcome().is_ok());
    assert_eq!(kinds(&notebook), [started(false)], "not yet stale");
    setting.world.advance(TICK);
    for _ in 0..3 {
        assert!(setting.call().outcome().is_ok());
    }
    assert_eq!(kinds(&notebook), [KeyEventKind::StaleServe { age: MAX_AGE }]);
    setting.world.fail(FetchFailure::Timeout);
    kinds(&notebook);
    assert!(setting.call().outcome().is_ok());
    assert_eq!(kinds(&notebook), [KeyEventKind::StaleServe { age: MAX_AGE }]);
}

#[test]
fn of_a_large_set_not_every_key_is_told() {
    for (keys, told_of) in [(MAX_KEYS_TOLD, MAX_KEYS_TOLD), (MAX_KEYS_TOLD + 1, MAX_KEYS_TOLD)] {
        let (setting, notebook) = told();
        let _ = setting.call();
        let signers: Vec<_> =
            (0..keys).map(|number| setting.signer.named(&format!("key_{number}"))).collect();
        let set = set_text(signers.iter().map(|signer| &signer.jwk));
        setting.world.answer(&*set);
        let told = kinds(&notebook);
        let KeyEventKind::RequestEnded { result: Ok(result), .. } = told[1] else { panic!() };
        assert_eq!((result.added, told.len() - 2), (keys, told_of));
    }
}

#[test]
fn a_long_name_is_cut_between_characters() {
    let whole = "k".repeat(MAX_KEY_ID_BYTES);
    let names_and_told = [
        (whole.clone(), whole.clone()),
        (format!("{whole}k"), whole.clone()),
        (format!("{}é", &whole[1..]), whole[1..].to_owned()),
    ];
    for (name, expected) in names_and_told {
        let (setting, notebook) = told();
        let _ = setting.call();
        setting.world.answer(set_text([&setting.signer.named(&name).jwk]));
        assert_eq!(names(&kinds(&notebook)[2..]), [format!("+{expected}")]);
    }
}

#[test]
fn a_closed_journal_is_told_nothing() {
    let (setting, notebook) = told();
    notebook.is_closed.store(true, Ordering::Relaxed);
    let _ = setting.call();
    setting.world.answer(setting.keys());
    setting.world.advance(MAX_AGE);
    assert!(setting.call().outcome().is_ok());
    setting.world.fail(FetchFailure::Timeout);
    assert_eq!(kinds(&notebook), []);
    // One that is opened later is told of stale keys that serve already.
    notebook.is_closed.store(false, Ordering::Relaxed);
    assert!(setting.call().outcome().is_ok());
    assert_eq!(kinds(&notebook), [KeyEventKind::StaleServe { age: MAX_AGE }]);
}
