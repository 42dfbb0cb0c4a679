//! The form of a seal: its parts, its expiry, its MAC, its padding.

use serde_json::Value;
use verify_workos_token_core::error::SessionFault;
use verify_workos_token_core::seal::{MAX_SEALED_BYTES, Passwords, unseal};

use crate::support::NOW;
use crate::support::sealer::{PASSWORD, Parts, seal};

const MISMATCH: SessionFault = SessionFault::Password { white_space: false };

/// Seals of the libraries that write the form; `__test__/vectors/README.md` describes them.
fn vectors() -> Value {
    serde_json::from_str(include_str!("../../__test__/vectors/seals.json")).unwrap()
}

fn open_with(sealed: &str, passwords: &[&str], now: f64) -> Result<String, SessionFault> {
    let passwords = Passwords::new(passwords.iter().map(ToString::to_string).collect());
    unseal(sealed, &passwords, now).map(|text| String::from_utf8(text.to_vec()).unwrap())
}

fn open(sealed: &str) -> Result<String, SessionFault> {
    open_with(sealed, &[PASSWORD], NOW)
}

#[test]
fn opens_the_published_vector_of_iron() {
    let vectors = vectors();
    let [iron, other_cipher] = vectors["published"].as_array().unwrap().as_slice() else {
        panic!("two vectors")
    };
    let text = |vector: &'static str, of: &Value| of[vector].as_str().unwrap().to_owned();
    let (sealed, password) = (text("sealed", iron), text("password", iron));
    assert_eq!(open_with(&sealed, &[&password], NOW), Ok(text("text", iron)));
    assert_eq!(open_with(&sealed, &[PASSWORD, &password], NOW), Ok(text("text", iron)));
    assert_eq!(open_with(&sealed, &[PASSWORD], NOW), Err(MISMATCH));
    let shorter = sealed.strip_suffix("AqI").unwrap();
    assert_eq!(open_with(shorter, &[&password], NOW), Err(SessionFault::Cut));
    let refused = open_with(&text("sealed", other_cipher), &[&password], NOW);
    assert_eq!(refused, Err(SessionFault::Damaged));
}

#[test]
fn opens_the_seals_of_every_library() {
    let vectors = vectors();
    let (now, password) = (vectors["now"].as_f64().unwrap(), vectors["password"].as_str().unwrap());
    let sessions = vectors["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 11);
    for session in sessions {
        let sealed = session["sealed"].as_str().unwrap();
        let text = open_with(sealed, &[password], now).unwrap();
        let opened: Value = serde_json::from_str(&text).unwrap();
        for name in ["accessToken", "user", "impersonator", "refreshToken"] {
            assert_eq!(opened[name], vectors[name], "{} {name}", session["id"]);
        }
        let later = open_with(sealed, &[password], now + 660.0);
        let expires = session["expiresAt"].is_number();
        assert_eq!(later == Err(SessionFault::Expired), expires, "{}", session["id"]);
    }
}

#[test]
fn opens_a_text_of_each_length_around_a_block() {
    for length in [0, 1, 15, 16, 17, 31, 32, 33, 20_000] {
        let text = "x".repeat(length);
        assert_eq!(open(&seal(&text)).as_deref(), Ok(&*text), "{length}");
    }
}

#[test]
fn refuses_more_than_the_greatest_length() {
    // A block more of text is 21 or 22 characters more.
    let lengths = [(24_000, true), (30_000, false)];
    for (length, fits) in lengths {
        assert_eq!(seal(&"x".repeat(length)).len() <= MAX_SEALED_BYTES, fits);
    }
    let just = "x".repeat(MAX_SEALED_BYTES);
    assert_eq!(open(&just), Err(SessionFault::OtherSdk));
    assert_eq!(open(&format!("{just}x")), Err(SessionFault::TooLong));
    assert_eq!(open(""), Err(SessionFault::Empty));
}

#[test]
fn drops_one_version_and_nothing_else() {
    let sealed = |suffix| Parts { suffix, ..Parts::default() }.seal("x", PASSWORD);
    for suffix in ["", "~2", "~1", "~0", "~999999999999999999999"] {
        assert_eq!(open(&sealed(suffix)).as_deref(), Ok("x"), "{suffix}");
    }
    for suffix in ["~", "~~2", "~2~2", "~2 ", "~-2", "~2.0", "~\u{664}", " ", "\n", "*"] {
        assert_eq!(open(&sealed(suffix)), Err(SessionFault::Damaged), "{suffix}");
    }
}

#[test]
fn takes_the_parts_of_an_iron_seal_alone() {
    let sealed = |parts: Parts| parts.seal("x", PASSWORD);
    let with_id = |id| sealed(Parts { id, ..Parts::default() });
    for id in ["", "1", "2", "Key_7"] {
        assert_eq!(open(&with_id(id)).as_deref(), Ok("x"), "{id}");
    }
    for id in ["a-b", " ", "\u{e9}", "1.0"] {
        assert_eq!(open(&with_id(id)), Err(SessionFault::Damaged), "{id}");
    }
    let salts = ["", "0", &"0".repeat(63), &"0".repeat(65), &format!("{}g", "0".repeat(63))];
    for salt in salts {
        let (salt, default) = (salt.to_owned(), Parts::default);
        let salted = sealed(Parts { salt: salt.clone(), ..default() });
        assert_eq!(open(&salted), Err(SessionFault::Damaged), "{salt}");
        let salted = sealed(Parts { mac_salt: salt.clone(), ..default() });
        assert_eq!(open(&salted), Err(SessionFault::Damaged), "{salt}");
    }
    let good = seal("x");
    for changed in [good.replace("Fe26.2", "Fe26.1"), good.replace("Fe26.2", "fe26.2")] {
        assert!(open(&changed).is_err(), "{changed}");
    }
    assert_eq!(open(&good.replacen('*', "**", 1)), Err(SessionFault::Damaged));
}

#[test]
fn allows_for_a_minute_past_the_expiry_and_no_more() {
    let at = |expiry: &str| {
        let expiry = expiry.to_owned();
        open(&Parts { expiry, ..Parts::default() }.seal("x", PASSWORD))
    };
    // NOW is 1,750,000,000 s.
    let cases = [
        ("1749999940001", Ok(())),
        ("1749999940000", Err(SessionFault::Expired)),
        ("1", Err(SessionFault::Expired)),
        ("99999999999999999999999999", Ok(())),
        ("0", Err(SessionFault::Damaged)),
        ("01750000000000", Err(SessionFault::Damaged)),
        ("-1", Err(SessionFault::Damaged)),
        ("1e15", Err(SessionFault::Damaged)),
        ("1750000000000.5", Err(SessionFault::Damaged)),
        ("inf", Err(SessionFault::Damaged)),
    ];
    for (expiry, expected) in cases {
        assert_eq!(at(expiry).map(drop), expected, "{expiry}");
    }
    let expiring = Parts { expiry: "9".repeat(13), ..Parts::default() }.seal("x", PASSWORD);
    assert_eq!(open_with(&expiring, &[PASSWORD], f64::NAN), Err(SessionFault::Expired));
}

#[test]
fn a_wrong_password_a_wrong_mac_and_wrong_padding_are_one_fault() {
    let unpadded = |bytes: &[u8]| Some(bytes.to_vec());
    let last = |byte: u8| unpadded(&[[7; 15].as_slice(), &[byte]].concat());
    for unpadded in [last(0), last(2), last(17), last(255)] {
        let sealed = Parts { unpadded, ..Parts::default() }.seal("", PASSWORD);
        assert_eq!(open(&sealed), Err(MISMATCH));
    }
    let sealed = Parts { unpadded: last(1), ..Parts::default() }.seal("", PASSWORD);
    assert_eq!(open(&sealed).unwrap().len(), 15);
    assert_eq!(open_with(&seal("x"), &["another password"], NOW), Err(MISMATCH));
    assert_eq!(open_with(&seal("x"), &[], NOW), Err(MISMATCH));
    let empty = Parts { unpadded: Some(Vec::new()), ..Parts::default() }.seal("", PASSWORD);
    assert_eq!(open(&empty), Err(SessionFault::Damaged));
}

#[test]
fn a_password_with_white_space_at_an_end_is_named_when_it_fails() {
    let edged = Err(SessionFault::Password { white_space: true });
    for password in [format!("{PASSWORD}\n"), format!(" {PASSWORD}"), format!("{PASSWORD}\u{a0}")] {
        assert_eq!(open_with(&seal("x"), &["other", &password], NOW), edged);
        let own = Parts::default().seal("x", &password);
        assert_eq!(open_with(&own, &["other", &password], NOW).as_deref(), Ok("x"));
    }
    assert!(!format!("{:?}", Passwords::new(vec![PASSWORD.to_owned()])).contains("32"));
}

#[test]
fn every_flipped_bit_is_refused() {
    let sealed = Parts { expiry: "9".repeat(13), ..Parts::default() }.seal("{\"a\":1}", PASSWORD);
    let body = sealed.find('~').unwrap();
    for at in 0..sealed.len() {
        for bit in 0..8 {
            let mut bytes = sealed.clone().into_bytes();
            bytes[at] ^= 1 << bit;
            let opened = open(&String::from_utf8_lossy(&bytes));
            // Outside of the MAC there is only the version, which has no meaning.
            let is_version = at > body && bytes[at].is_ascii_digit();
            assert_eq!(opened.is_ok(), is_version, "{at} {bit}");
        }
    }
}
