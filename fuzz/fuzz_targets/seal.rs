//! Seals and the sessions in them. What opens, sealed again with the same salts, is the same text; what
//! was sealed here opens, and not once a character of it has changed; and a session gives what a second
//! reader finds in its text, and never the refresh token.

#![no_main]

use arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use verify_workos_token_core::error::SessionFault;
use verify_workos_token_core::seal::{MAX_SEALED_BYTES, Passwords, unseal};
use verify_workos_token_core::session::{Opened, open};
use verify_workos_token_fuzz::json::{self, LOOSE, STRICT, Value};
use verify_workos_token_fuzz::seal::Parts;

/// Those of the vectors' seals come first, so that the seeds open.
const PASSWORDS: [&str; 2] =
    ["the password of the vectors, 43 characters.", "a password of 32 characters long"];
/// When the vectors' seals are good, in seconds since 1970.
const NOW: f64 = 1_790_000_000.0;
/// The expiries that are sealed here, and whether they have passed.
const EXPIRIES: [(&str, bool); 4] =
    [("", false), ("1789999940001", false), ("1789999940000", true), ("9999999999999", false)];
/// An input that starts so is a text to seal.
const SEALS: u8 = 0;

fuzz_target!(|input: &[u8]| {
    match input.split_first() {
        Some((&SEALS, choices)) => {
            let _ = seal_and_open(&mut Unstructured::new(choices));
        }
        _ => {
            if let Ok(sealed) = std::str::from_utf8(input) {
                check(sealed);
            }
        }
    }
});

fn passwords() -> Passwords {
    Passwords::new(PASSWORDS.map(str::to_owned).to_vec())
}

/// Whatever is passed.
fn check(sealed: &str) {
    let text = unseal(sealed, &passwords(), NOW);
    if let Ok(text) = &text {
        assert!(sealed.len() <= MAX_SEALED_BYTES);
        let parts = Parts::of(sealed).expect("a seal has its parts");
        let body = sealed.split('~').next().expect("a body");
        assert!(PASSWORDS.iter().any(|password| parts.seal(text, password) == body));
        assert!(is_version(&sealed[body.len()..]));
    }
    match (open(sealed, &passwords(), NOW), text) {
        (Ok(opened), Ok(text)) => compare(&opened, &text),
        (Err(fault), Ok(text)) => explain(fault, &text),
        (Err(fault), Err(same)) => assert_eq!(fault, same),
        (Ok(_), Err(fault)) => panic!("a session in what does not open: {fault:?}"),
    }
}

/// `~` and a number, or nothing.
fn is_version(rest: &str) -> bool {
    let Some(number) = rest.strip_prefix('~') else { return rest.is_empty() };
    !number.is_empty() && number.trim_start_matches(|it: char| it.is_ascii_digit()).is_empty()
}

/// A text that is sealed here.
fn seal_and_open(choices: &mut Unstructured<'_>) -> Result<()> {
    let salt = |choices: &mut Unstructured<'_>| -> Result<String> {
        let bytes: [u8; 32] = choices.arbitrary()?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    };
    let (expiry, is_expired) = *choices.choose(&EXPIRIES)?;
    let parts = Parts {
        id: (*choices.choose(&["1", "", "Key_7"])?).to_owned(),
        salt: salt(choices)?,
        iv: choices.arbitrary()?,
        expiry: expiry.to_owned(),
        mac_salt: salt(choices)?,
    };
    let password = *choices.choose(&PASSWORDS)?;
    let (version, change, at) = (
        *choices.choose(&["~2", "", "~10", "~", "~2~2", "~x", "~2 "])?,
        choices.arbitrary::<char>()?,
        choices.arbitrary()?,
    );
    let text = choices.bytes(choices.len())?;
    let body = parts.seal(text, password);
    let sealed = format!("{body}{version}");
    let expected = match (is_version(version), is_expired) {
        _ if sealed.len() > MAX_SEALED_BYTES => Err(SessionFault::TooLong),
        (false, _) => Err(SessionFault::Damaged),
        (true, true) => Err(SessionFault::Expired),
        (true, false) => Ok(text),
    };
    let opened = unseal(&sealed, &passwords(), NOW);
    assert_eq!(opened.as_ref().map(|text| text.as_slice()).map_err(|fault| *fault), expected);
    check(&sealed);
    check_changed(&body, change, at);
    Ok(())
}

/// Every character before the version counts.
fn check_changed(body: &str, change: char, at: usize) {
    let at = at % body.len();
    let changed = format!("{}{change}{}", &body[..at], &body[at + 1..]);
    if changed != body {
        assert!(unseal(&changed, &passwords(), NOW).is_err());
    }
}

fn compare(opened: &Opened, text: &[u8]) {
    let session = json::read(text, STRICT).expect("strict JSON").value;
    let text_of = |value: Option<&Value>| value.and_then(Value::as_str).map(str::to_owned);
    assert_eq!(text_of(session.get("accessToken")).as_ref(), Some(&opened.access_token));
    let user = session.get("user").filter(|user| matches!(user, Value::Object(_)));
    assert_eq!(opened.has_user, user.is_some());
    assert_eq!(opened.user_id, text_of(user.and_then(|user| user.get("id"))));
    // A text with an escaped name is held by the target `json`.
    if !opened.details.starts_with('~') {
        let details = json::read(opened.details.as_bytes(), LOOSE).expect("JSON").value;
        let member = |name| session.get(name).cloned().unwrap_or(Value::Null);
        let members = ["user", "impersonator", "authenticationMethod"].map(member);
        assert_eq!(details, Value::Array(members.to_vec()));
    }
}

/// Why a text that opened is no session.
fn explain(fault: SessionFault, text: &[u8]) {
    let session = json::read(text, STRICT).map(|read| read.value);
    let session = session.filter(|session| matches!(session, Value::Object(_)));
    let has = |name| session.as_ref().is_some_and(|session| session.get(name).is_some());
    match fault {
        SessionFault::Password { .. } => assert_eq!(session, None),
        SessionFault::SignInState => assert!(has("codeVerifier") && !has("accessToken")),
        SessionFault::NoAccessToken => assert!(session.is_some() && !has("accessToken")),
        SessionFault::WrongType => {
            let names = ["accessToken", "user", "impersonator", "authenticationMethod"];
            assert!(names.into_iter().any(has));
        }
        other => panic!("not of a text that opened: {other:?}"),
    }
}
