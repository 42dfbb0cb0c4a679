//! Sealed sessions: what is found in place of one, and what is wrong with it.

use crate::error::cause::{Cause, causes};
use crate::error::session::SessionFault;

causes! {
    EMPTY = "empty-session" [InvalidSession]
        "the session is an empty string" =>
        "Pass the value of the session cookie (`wos-session`, or the name in WORKOS_COOKIE_NAME). \
        An empty one often means that the user has signed out.";
    TOO_LONG = "session-too-long" [InvalidSession]
        "the session is longer than 32,768 bytes" =>
        "A sealed session has two to four thousand bytes. Check what is being passed.";
    QUOTED = "quoted-session" [InvalidSession]
        "the session begins or ends with a quotation mark" =>
        "Remove the quotes around the cookie's value.";
    ENCODED = "encoded-session" [InvalidSession]
        "the session has a `%`" =>
        "The value is percent-encoded, perhaps twice. Decode it once more, with \
        `decodeURIComponent`, and look for the place that encodes it again.";
    CUT = "cut-off-session" [InvalidSession]
        "the session begins as a seal does, and its end is missing" =>
        "The end of the session is missing. Browsers and proxies limit a cookie to 4,096 bytes \
        with its name: make the session smaller, for instance by a shorter JWT template, and pass \
        the whole value.";
    DAMAGED = "damaged-session" [InvalidSession]
        "the session begins as a seal does, and has another form" =>
        "Pass the cookie's value exactly as WorkOS's SDK sealed it.";
    NOT_ALONE = "session-not-alone" [InvalidSession]
        "a seal has something in front of it" =>
        "Pass the value of the session cookie alone, without its name and without other cookies.";
    SIGNED_WRAPPER = "signed-session" [InvalidSession]
        "the session is base64 of a JSON object with a seal in it, as authkit-remix writes it" =>
        "This is the signed cookie of authkit-remix or authkit-react-router. Read it with the \
        session storage of that library, and pass its `jwt` member, which is the sealed session.";
    BARE_TOKEN = "token-as-session" [InvalidSession]
        "the session has three segments and begins with `eyJ`" =>
        "The cookie holds an access token that is not sealed. Pass it to `verifyWorkosToken`.";
    OTHER_SDK = "session-of-other-sdk" [InvalidSession]
        "the session begins with `gAAAA`, or is base64 of at least 128 characters" =>
        "This looks like a session that WorkOS's SDK for Python, Go or Ruby has sealed in a form \
        of its own. Only the form of the JavaScript SDKs (`Fe26.2*...`) can be opened. Pass the \
        access token inside it to `verifyWorkosToken`.";
    NOT_A_SEAL = "not-a-session" [InvalidSession]
        "the session does not begin with `Fe26.2`, and nothing else says what it is" =>
        "A sealed session starts with `Fe26.2*`. Check that you pass the value of the session \
        cookie.";
    SEAL_EXPIRED = "expired-seal" [InvalidSession]
        "the time in the seal passed more than a minute ago" =>
        "The user must sign in again, or WorkOS's SDK must seal a new session. Check this \
        machine's clock if the session should still be valid.";
    PASSWORD = "other-cookie-password" [InvalidSession]
        "no password opens the seal" =>
        "Check that `cookiePassword`, or WORKOS_COOKIE_PASSWORD, is the password that the session \
        was sealed with, also after a rotation. Staging and Production each have one of their own: \
        a session from one does not open in the other. A session that was changed on the way \
        looks the same.";
    PASSWORD_SPACE = "cookie-password-white-space" [InvalidSession]
        "no password opens the seal, and one of them begins or ends with white space" =>
        "The cookie password starts or ends with white space, such as a line break from a file. \
        Remove it if the session was sealed without it.";
    SIGN_IN_STATE = "sign-in-state" [InvalidSession]
        "the seal holds a `codeVerifier` and no access token" =>
        "This is the cookie of a sign-in that has not been completed (`wos-auth-verifier`). Pass \
        the session cookie, which is set when the sign-in is complete.";
    CONTENT = "other-sealed-content" [InvalidSession]
        "the seal holds no access token, or a member of the wrong type" =>
        "The password is right, but something else than a session of WorkOS's SDK was sealed. \
        Check that no other cookie is sealed with the same password.";
    OTHER_USER = "other-sealed-user" [InvalidSession]
        "the `id` of the sealed user is not the token's `sub`" =>
        "The user and the access token in this session belong to different people. Look for code \
        that seals sessions by itself, and let the user sign in again.";
    EXPIRED = "expired-session" [TokenExpired]
        "`exp` of the access token in a sealed session has passed" =>
        "Refresh the session with WorkOS's SDK (`loadSealedSession(...).refresh()`, or AuthKit's \
        proxy) and set the cookie that it returns. This package does not refresh.";
}

/// The row of a fault.
pub(crate) fn session(fault: SessionFault) -> &'static Cause {
    match fault {
        SessionFault::Empty => &EMPTY,
        SessionFault::TooLong => &TOO_LONG,
        SessionFault::Quoted => &QUOTED,
        SessionFault::Encoded => &ENCODED,
        SessionFault::Cut => &CUT,
        SessionFault::Damaged => &DAMAGED,
        SessionFault::NotAlone => &NOT_ALONE,
        SessionFault::SignedWrapper => &SIGNED_WRAPPER,
        SessionFault::BareToken => &BARE_TOKEN,
        SessionFault::OtherSdk => &OTHER_SDK,
        SessionFault::NotASeal => &NOT_A_SEAL,
        SessionFault::Expired => &SEAL_EXPIRED,
        SessionFault::Password { white_space: false } => &PASSWORD,
        SessionFault::Password { white_space: true } => &PASSWORD_SPACE,
        SessionFault::SignInState => &SIGN_IN_STATE,
        SessionFault::NoAccessToken | SessionFault::WrongType => &CONTENT,
        SessionFault::OtherUser => &OTHER_USER,
    }
}
