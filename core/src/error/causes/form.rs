//! Something other than a whole access token was passed (check 1).

use crate::error::cause::{Cause, causes};
use crate::error::malformed::{JsonFault, Malformed};

causes! {
    EMPTY = "empty-token" [MalformedToken]
        "the token is an empty string, or only white space" =>
        "Pass the access token as a string. An empty token often means that the request had no \
        Authorization header or that the user is not signed in.";
    TOO_LONG = "token-too-long" [MalformedToken]
        "the token is longer than 16,384 bytes" =>
        "A WorkOS access token is one to six thousand bytes long. Check what is being passed.";
    BEARER_PREFIX = "bearer-prefix" [MalformedToken]
        "the token begins with `Bearer`, or with the name of the Authorization header" =>
        "Remove 'Bearer ' and pass the token alone.";
    SEALED_SESSION = "sealed-session" [MalformedToken]
        "the value begins with `Fe26.2`, with `wos-session=`, or as a seal of WorkOS's Python SDK \
        does (`gAAAA`)" =>
        "This is a sealed session cookie. Pass it to `verifyWorkosSession`, which opens it and \
        verifies the access token inside.";
    API_KEY = "api-key-as-token" [MalformedToken]
        "the value begins with `sk_`" =>
        "This is a WorkOS API key, a secret. If it came from outside, it has leaked and should be \
        rotated. Pass the user's access token.";
    ENCRYPTED = "encrypted-token" [MalformedToken]
        "the token has five segments" =>
        "This is an encrypted token (JWE), as NextAuth's sessions and some tokens of Auth0 are. \
        WorkOS access tokens are signed, not encrypted. Pass the access token.";
    SEGMENT_COUNT = "wrong-segment-count" [MalformedToken]
        "the token does not have three segments, and nothing else says what it is" =>
        "An access token has three parts separated by dots. Check that you pass the whole access \
        token, not an ID token, a refresh token or a session cookie.";
    DAMAGED = "damaged-token" [MalformedToken]
        "a segment is not base64url, or not JSON, and nothing else says why" =>
        "Pass the token exactly as WorkOS issued it, without quotes, spaces, line breaks or URL \
        encoding.";
    QUOTED = "quoted-token" [MalformedToken]
        "the token begins or ends with a quotation mark" =>
        "The token is in quotes. Remove them: pass the token without quotes, and if it comes from \
        a text in JSON, parse that first.";
    WHITE_SPACE = "white-space" [MalformedToken]
        "the token has a space, a line break or an invisible character, at its ends or inside" =>
        "Remove the space or line break, which is often at the end: `token.trim()`. If it is \
        inside, the token was wrapped by a terminal, an editor or a mail: copy it again.";
    URL_ENCODED = "url-encoded-token" [MalformedToken]
        "the token has a `%`" =>
        "The token is URL-encoded. Decode it first: `decodeURIComponent(token)`.";
    STANDARD_BASE64 = "standard-base64" [MalformedToken]
        "the token has a `+` or a `/`" =>
        "A segment is base64 instead of base64url (`-` and `_`): something has encoded the token \
        again. Pass it exactly as WorkOS issued it.";
    PADDED = "padded-token" [MalformedToken]
        "a segment ends with `=`" =>
        "A segment is padded with `=`, which a token never is (RFC 7515, section 2): something has \
        encoded the token again. Pass it exactly as WorkOS issued it.";
    ENCODED_TWICE = "encoded-twice" [MalformedToken]
        "the value is base64 of something that begins as a token does" =>
        "The token is encoded in base64 once more, as some secret stores and environment files do. \
        Decode it once, then pass it.";
    JSON_AROUND = "json-around-token" [MalformedToken]
        "the value begins with `{` or `[`" =>
        "This is a text in JSON. Parse it and pass the access token inside it, such as \
        `JSON.parse(text).access_token`.";
    STRINGIFIED = "stringified-value" [MalformedToken]
        "the text is `undefined`, `null`, `NaN`, or begins with `[object`" =>
        "A value that is not a string was turned into text, as `Bearer ${token}` does with an \
        undefined token or a promise. Check where the token comes from.";
    ELLIPSIS = "shortened-token" [MalformedToken]
        "the token has three dots in a row" =>
        "The token was shortened with an ellipsis, as logs, dashboards and documentation do. Copy \
        the whole token from where it was issued.";
    LIST = "several-tokens" [MalformedToken]
        "the value has a comma" =>
        "These are several values in one text, as when two headers of one name are joined. Pass \
        one access token.";
    COOKIE = "cookie-as-token" [MalformedToken]
        "the value has a `;`, or `=` in front of something that begins as a token does" =>
        "This is a cookie with its name or attributes. Read the cookie's value and pass that alone.";
    URL = "url-as-token" [MalformedToken]
        "the value begins with `http://` or `https://`" =>
        "This is a URL, such as the one that a sign-in returns to. Exchange its `code` for a \
        session and pass the access token of that.";
    ID = "id-as-token" [MalformedToken]
        "the value begins with `client_`, `user_`, `session_`, `org_` or `om_`" =>
        "This is the id of something in WorkOS, not a token. Pass the access token, which begins \
        with `eyJ`.";
    KEY = "key-as-token" [MalformedToken]
        "the value begins with `-----BEGIN`" =>
        "This is a key or a certificate, not a token. If it is a private key that came from \
        outside, it has leaked. Pass the access token.";
    OPAQUE = "refresh-token" [MalformedToken]
        "the value is letters, digits, `-` and `_` without a dot" =>
        "This is not an access token but probably a refresh token or an authorization code. \
        Exchange it with WorkOS's SDK and pass the access token that you get.";
    OAUTH_TOKEN = "provider-access-token" [MalformedToken]
        "the value begins as access tokens of Google (`ya29.`), GitHub (`gho_`, `ghu_`, `ghp_`) \
        or Slack (`xox`) do" =>
        "This is a provider's own access token, for that provider's API. WorkOS returns it next to \
        its own when a user signs in. Pass WorkOS's `accessToken`.";
    CUT_OFF = "cut-off-in-payload" [MalformedToken]
        "the token begins as one does, but ends before its second dot" =>
        "The token is cut off: it ends inside its header or payload. Look for a limit of length on \
        the way, such as a database column, a cookie (4,096 bytes) or a header, and pass the whole \
        token.";
    NO_SIGNATURE = "missing-signature" [MalformedToken]
        "the token has a whole header and payload, but no third segment" =>
        "The signature is missing: only header and payload were passed. Pass all three segments of \
        the token.";
    CUT_OFF_SIGNATURE = "cut-off-in-signature" [MalformedToken, InvalidSignature]
        "the signature is shorter than the key's signatures are, or ends in the middle of a byte" =>
        "The token is cut off: the end of its signature is missing. Look for a limit of length on \
        the way, and for the last characters when copying, and pass the whole token.";
    BROKEN_PAYLOAD = "broken-payload" [MalformedToken]
        "all characters are those of a token, but header or payload is not JSON" =>
        "Characters inside the token are missing or changed, or it was edited by hand. Copy the \
        whole token again, and do not change it.";
    AMBIGUOUS_JSON = "ambiguous-json" [MalformedToken]
        "header or payload is JSON that parsers read differently, or that is nested too deeply or \
        has too many values" =>
        "No WorkOS access token is written like that. Treat the token as crafted, and do not retry.";
}

/// The row of a form that is a fact in itself.
pub(crate) fn malformed(malformed: Malformed) -> &'static Cause {
    match malformed {
        Malformed::NotAString(_) | Malformed::Empty => &EMPTY,
        Malformed::TooLong => &TOO_LONG,
        Malformed::BearerPrefix => &BEARER_PREFIX,
        Malformed::SealedSession => &SEALED_SESSION,
        Malformed::ApiKey => &API_KEY,
        Malformed::Encrypted => &ENCRYPTED,
        Malformed::SegmentCount => &SEGMENT_COUNT,
        Malformed::NotBase64url(_) => &DAMAGED,
        Malformed::Json(_, fault) => json(fault),
        Malformed::Algorithm | Malformed::KeyId => &super::header::NOT_FROM_WORKOS,
        Malformed::Critical | Malformed::UnencodedPayload => &super::header::EXTENSION,
        Malformed::Type => &super::header::OTHER_TYPE,
    }
}

fn json(fault: JsonFault) -> &'static Cause {
    match fault {
        JsonFault::NotUtf8 | JsonFault::Syntax | JsonFault::NotAnObject => &DAMAGED,
        JsonFault::ByteOrderMark
        | JsonFault::TooDeep
        | JsonFault::TooManyValues
        | JsonFault::DuplicateName => &AMBIGUOUS_JSON,
    }
}
