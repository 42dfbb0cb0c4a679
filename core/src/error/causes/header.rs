//! Header, key and signature (checks 2 to 4).

use crate::error::cause::causes;

causes! {
    NOT_FROM_WORKOS = "no-algorithm-or-key-id" [MalformedToken]
        "the header has no `alg` or no `kid`" =>
        "Every WorkOS access token names its algorithm and its key. This token was not issued by \
        WorkOS.";
    EXTENSION = "unknown-extension" [MalformedToken]
        "the header has `crit`, or a `b64` that is not true" =>
        "The token requires an extension that no WorkOS access token uses. This token was not \
        issued by WorkOS.";
    LOGOUT_TOKEN = "logout-token" [MalformedToken]
        "the header's `typ` is that of a logout token or a security event" =>
        "This is a logout token or a security event, which tells you that something happened. It \
        does not authenticate a user. Pass the access token.";
    DPOP_PROOF = "dpop-proof" [MalformedToken]
        "the header's `typ` is that of a DPoP proof" =>
        "This is a DPoP proof, which goes along with a token in a header of its own. Pass the \
        access token.";
    OTHER_TYPE = "other-token-type" [MalformedToken]
        "the header's `typ` is neither `JWT` nor `at+jwt`" =>
        "This is a different kind of token, not an access token. Pass the access token.";
    UNSIGNED = "unsigned-token" [UnsupportedAlgorithm]
        "the header's `alg` is `none`" =>
        "The token is not signed, so anyone can write one. Refuse it. In tests, sign tokens with \
        `createTestIssuer`.";
    SHARED_SECRET = "shared-secret" [UnsupportedAlgorithm]
        "the header's `alg` is `HS256`, `HS384` or `HS512`" =>
        "The token is signed with a shared secret (HS*), as homemade tokens and older Supabase \
        tokens are. HS* can never be allowed. WorkOS signs with RS256: pass its access token.";
    ALGORITHM = "unsupported-algorithm" [UnsupportedAlgorithm]
        "the header's `alg` is another one that is not in `algorithms`" =>
        "WorkOS signs with RS256, the default. Add another algorithm to `algorithms` only if you \
        know that your issuer uses it; `none` and HS* can never be allowed.";
    UNKNOWN_KEY = "unknown-key" [UnknownKey]
        "the issuer is right, but the key set has no key with the token's `kid`" =>
        "Check that the token comes from the same WorkOS environment as `clientId` or \
        `authkitDomain` (Staging and Production have different keys), and that a fixed `jwks` is up to date. If the key was \
        withdrawn, the user has to sign in again.";
    UNKNOWN_KEY_COOLDOWN = "unknown-key-cooldown" [UnknownKey]
        "the same, and the keys were fetched only a moment ago" =>
        "The keys were fetched for an unknown kid a moment ago. If WorkOS has just changed its \
        keys, try again after `retryAfterSeconds`. Otherwise the token is not from the WorkOS \
        environment of `clientId` or `authkitDomain`.";
    EDITED = "edited-token" [InvalidSignature]
        "the signature has the right length, and header or payload are not as WorkOS writes them: \
        there is white space in the JSON, or `exp` is more than a year after `iat`" =>
        "The header or payload was altered after signing: it has been decoded, edited or written \
        again. A token can't be changed, so pass it exactly as WorkOS issued it. If you did not \
        edit it, treat it as forged.";
    RESTARTED_EMULATOR = "restarted-emulator" [InvalidSignature]
        "the signature has the right length, and the token names an issuer on this machine" =>
        "The token is from an emulator on this machine that may have been restarted with a new \
        key of the same kid. Sign in again, and restart the process that verifies. Otherwise \
        treat the token as forged.";
    INVALID_SIGNATURE = "altered-or-forged" [InvalidSignature]
        "the signature has the right length, but was not made by this key for this header and \
        payload" =>
        "The header or payload was altered after signing, for example edited in a debugger, or the \
        token is forged. Without the issuer's private key the two can't be told apart: refuse the \
        token, and do not retry.";
}
