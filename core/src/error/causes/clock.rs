//! Times and clocks (check 5: `exp`, `nbf`, `iat`).

use crate::error::cause::{Cause, causes};

/// A token that has been expired for less than this, in seconds, has probably met a clock that is
/// off: clients refresh before the end.
const CLOCK_SECONDS: f64 = 60.0;
/// One that has been expired for this long, in seconds, was kept by a client that does not refresh.
/// A WorkOS token lives for five minutes by default.
const STALE_SECONDS: f64 = 3_600.0;

causes! {
    JUST_EXPIRED = "just-expired" [TokenExpired]
        "`exp` passed less than a minute ago" =>
        "The token expired less than a minute ago. If clients refresh in time, this machine's \
        clock is ahead: synchronize it (NTP), or raise `clockToleranceSeconds`. Otherwise refresh \
        the session a little earlier.";
    EXPIRED = "expired" [TokenExpired]
        "`exp` passed between a minute and an hour ago" =>
        "Refresh the session to get a new access token (WorkOS's tokens are valid for five minutes \
        by default). If the token should still be valid, check this machine's clock.";
    STALE_SESSION = "stale-session" [TokenExpired]
        "`exp` passed an hour ago or more" =>
        "The token expired more than an hour ago: the client keeps an old one and does not refresh \
        it. Get the token from WorkOS's SDK for each request (`getAccessToken()`), which refreshes \
        it, instead of storing it. Refresh the session, or let the user sign in again.";
    NO_EXPIRY = "no-expiry" [InvalidClaim]
        "`exp` is missing" =>
        "A WorkOS access token always has exp. Pass the access token, not another kind of token.";
    NOT_YET_VALID = "not-yet-valid" [TokenNotYetValid]
        "`nbf` is in the future" =>
        "Check this machine's clock. If it is right, wait until the time in `actual`.";
    NUMERIC_DATE = "not-a-date" [InvalidClaim]
        "`exp`, `nbf`, `iat` or `auth_time` is not a number" =>
        "exp, nbf, iat and auth_time must be JSON numbers: seconds since 1970 (RFC 7519, section 2).";
    CLOCK_BEHIND = "clock-behind" []
        "`iat` is in the future; reported by `explain`, never refused" =>
        "The token was issued in the future by this machine's clock, which is behind by at least \
        the difference. Synchronize it (NTP). The token is not refused for that.";
}

/// The row of a token that has been expired for so many seconds, not counting the tolerance.
pub(crate) fn expired(seconds: f64) -> &'static Cause {
    // Written so that NaN has the general row.
    if seconds < CLOCK_SECONDS {
        &JUST_EXPIRED
    } else if seconds >= STALE_SECONDS {
        &STALE_SESSION
    } else {
        &EXPIRED
    }
}
