//! What to do about a refusal: fixed sentences, chosen by the likely cause.
//!
//! No hint ever holds text from a token, so each can be shown and logged as it is.

use super::{FetchFailure, IssuerCause, Malformed, Unusable};

pub(crate) const UNSUPPORTED_ALGORITHM: &str = "WorkOS signs with RS256, the default. Add the \
    algorithm to `algorithms` only if you know that your issuer uses it; `none` and HS* can never \
    be allowed.";
pub(crate) const UNKNOWN_KEY: &str = "Check that the token comes from the same WorkOS environment \
    as `clientId` (Staging and Production have different keys); a token signed by a withdrawn key \
    needs a new sign-in.";
pub(crate) const UNKNOWN_KEY_COOLDOWN: &str = "The keys were looked up for an unknown kid a moment \
    ago. If WorkOS has just changed its keys, try again after `retryAfterSeconds`; otherwise the \
    token was not made by the WorkOS environment of `clientId`.";
pub(crate) const INVALID_SIGNATURE: &str = "Treat the token as forged or damaged. Pass it exactly \
    as WorkOS issued it, and do not retry.";

pub(crate) const EXPIRED: &str = "Refresh the session to get a new access token (WorkOS's tokens \
    live for five minutes by default). If it should still be valid, check this machine's clock.";
pub(crate) const NOT_YET_VALID: &str = "Check this machine's clock; if it is right, wait until the \
    time in `actual`.";
pub(crate) const EXP_MISSING: &str = "A WorkOS access token always has exp. Pass the access token, \
    not another kind of token.";
pub(crate) const NUMERIC_DATE: &str = "exp, nbf and iat must be JSON numbers of seconds since 1970 \
    (RFC 7519, section 2).";
pub(crate) const SUBJECT: &str = "A WorkOS access token names its user in sub, as a non-empty \
    string. Pass the access token of a user session.";
pub(crate) const SUBJECT_MACHINE: &str = "This is a machine-to-machine token: its sub is an \
    application (client_...). Pass the access token of a user session.";
pub(crate) const CLIENT_ID: &str = "The token was issued to another WorkOS client id. Check that \
    `clientId` and the token come from the same environment; in a Connect or MCP token, client_id \
    is the application that asked for it.";
pub(crate) const CLIENT_ID_TYPE: &str = "client_id must be a string. Check the JWT template of \
    your WorkOS environment.";

pub(crate) const AUDIENCE_MISSING: &str = "WorkOS leaves aud out by default. In the WorkOS \
    dashboard open Authentication -> Sessions -> JWT claims, choose Configure JWT Template and add \
    {\"aud\": \"<your client id>\"}; users must sign in again to get a token that has it. To accept \
    tokens without aud on purpose, pass `audience: null`.";
pub(crate) const AUDIENCE_TYPE: &str = "aud must be a string or a list of strings (RFC 7519, \
    section 4.1.3). Correct it in the JWT template of your WorkOS environment.";
pub(crate) const AUDIENCE_SPELLING: &str = "The token's aud differs from `audience` only in case \
    or white space; the match is exact. Correct the JWT template or the option.";
pub(crate) const AUDIENCE: &str = "The token is meant for another application. Set `audience` to \
    the value that your JWT template writes, or correct the template.";

pub(crate) const ORGANIZATION: &str = "The user is signed in with another organization. Let them \
    switch to the one asked for, which gives a new access token.";
pub(crate) const ORGANIZATION_MISSING: &str = "The user has selected no organization. Let them \
    sign in with one, which gives a token that has org_id.";
pub(crate) const ROLES: &str = "Give the user one of the roles in `expected`; they need a new \
    access token to have it.";
pub(crate) const PERMISSIONS: &str = "Give the user's role the permissions in `expected`; they need \
    a new access token to have them.";
pub(crate) const IMPERSONATION: &str = "Someone is acting for this user from the WorkOS dashboard. \
    Use `impersonation: 'allow'` where that is welcome.";
pub(crate) const CLAIM_TYPE: &str = "The claim is there with the wrong type. Correct the JWT \
    template of your WorkOS environment.";

pub(crate) const fn malformed(malformed: Malformed) -> &'static str {
    match malformed {
        Malformed::NotAString(_) | Malformed::Empty => {
            "Pass the access token as a string. An undefined token often means that the request \
             had no Authorization header or the user is not signed in."
        }
        Malformed::TooLong => {
            "A WorkOS access token has one to six thousand bytes. Check what is being passed."
        }
        Malformed::BearerPrefix => "Remove 'Bearer ' and pass the token alone.",
        Malformed::SealedSession => {
            "This is a sealed session cookie. Unseal it with WorkOS's SDK and pass the access token \
             inside it."
        }
        Malformed::ApiKey => {
            "This is a WorkOS API key, a secret: if it came from outside, it has leaked and should \
             be rotated. Pass the user's access token."
        }
        Malformed::Encrypted => {
            "This is an encrypted token (JWE). WorkOS access tokens are signed, not encrypted: pass \
             the access token."
        }
        Malformed::SegmentCount => {
            "An access token has three parts separated by dots. Check that the access token is \
             passed, whole, and not an id, a refresh token or a session cookie."
        }
        Malformed::NotBase64url(_) | Malformed::Json(_, _) => {
            "Pass the token exactly as WorkOS issued it: without quotes, spaces, line breaks or URL \
             encoding."
        }
        Malformed::Algorithm | Malformed::KeyId => {
            "Every WorkOS access token names its algorithm and its key. This token was not made by \
             WorkOS."
        }
        Malformed::Critical | Malformed::UnencodedPayload => {
            "The token needs an extension that no WorkOS access token uses. This token was not made \
             by WorkOS."
        }
        Malformed::Type => {
            "This is another kind of token, such as a logout token or a DPoP proof. Pass the access \
             token."
        }
    }
}

pub(crate) const fn issuer(cause: IssuerCause) -> &'static str {
    match cause {
        IssuerCause::Missing | IssuerCause::WrongType => {
            "Every WorkOS access token names its issuer in iss, as a string. This token was not \
             made by WorkOS."
        }
        IssuerCause::TrailingSlash => {
            "The issuers differ only in a slash at the end; the match is exact. Set `issuer` to \
             what the token says."
        }
        IssuerCause::OtherDomain => {
            "The token is from the same client id under another domain. If it is your custom \
             authentication domain, set `issuer` (or `apiUrl`) to it."
        }
        IssuerCause::OtherClientId => {
            "The token is from another WorkOS environment: are Production and Staging mixed up? \
             Check that `clientId` is the one the user signed in with."
        }
        IssuerCause::Legacy => {
            "The token has WorkOS's legacy issuer. If your environment issues such tokens, set \
             `issuer: 'https://api.workos.com'`."
        }
        IssuerCause::AuthkitDomain => {
            "The issuer is an AuthKit domain: this is a Connect, MCP or machine-to-machine token, \
             not a user session's access token. Pass the access token of a user session."
        }
        IssuerCause::IdentityProvider => {
            "This is the identity provider's own token (Okta, Entra ID, Google or Auth0). Pass the \
             WorkOS access token that the user gets after signing in through it."
        }
        IssuerCause::Loopback => {
            "The token is from an emulator on this machine. In tests set `issuer` to the emulator's \
             address; in production refuse it."
        }
        IssuerCause::Other => {
            "Set `issuer` to the issuer of your WorkOS environment, byte for byte; a custom \
             authentication domain has an issuer of its own. The issuer of a Connect, MCP or \
             machine-to-machine token may be a custom AuthKit domain."
        }
    }
}

pub(crate) const fn fetch(failure: FetchFailure) -> &'static str {
    match failure {
        FetchFailure::NotFetched => {
            "Await `ready()` before `verifySync`, or give the verifier a fixed `jwks`."
        }
        FetchFailure::Outdated => {
            "The keys are being fetched anew: try again after `retryAfterSeconds`, or use `verify`, \
             which waits for them."
        }
        FetchFailure::TooManyWaiting => {
            "The keys are being fetched, and more than 1,024 calls wait for them. Answer 503 and let \
             the client retry after `retryAfterSeconds`; await `ready()` at startup so that no call \
             has to wait."
        }
        FetchFailure::Dns => {
            "Check the host of the JWKS URL and this machine's name resolution. The token may be \
             good: do not sign the user out."
        }
        FetchFailure::Connect | FetchFailure::Interrupted | FetchFailure::Timeout => {
            "Check that this machine can reach the JWKS URL. The token may be good: do not sign the \
             user out, answer 503 and let the client retry."
        }
        FetchFailure::Exhausted => {
            "Raise the process's limits (`ulimit -n`, or the container's process limit), or look \
             for a leak of sockets, files or threads. The token may be good: do not sign the user \
             out."
        }
        FetchFailure::NoTrustRoots => {
            "Check that the files in NODE_EXTRA_CA_CERTS and SSL_CERT_FILE can be read, that this \
             machine's clock is right (expired certificates don't count), and that the process has \
             file descriptors left."
        }
        FetchFailure::Proxy => {
            "Check HTTPS_PROXY (HTTP_PROXY for http): whether the proxy is up, and lets this machine \
             reach the JWKS URL's host; NO_PROXY lists hosts to reach directly."
        }
        FetchFailure::TlsUnknownIssuer => {
            "If a company authority signs this network's TLS, pass its certificate in \
             `jwksCache.ca` or NODE_EXTRA_CA_CERTS."
        }
        FetchFailure::TlsExpired => {
            "Check this machine's clock first; if it is right, the server's certificate must be \
             renewed."
        }
        FetchFailure::TlsWrongName | FetchFailure::Tls => {
            "Check that the JWKS URL names the right host and port, and what stands between."
        }
        answered => unusable_answer(answered),
    }
}

/// What whoever publishes the key has to change (RFC 7517, section 4; RFC 7518, section 6).
pub(crate) const fn unusable(unusable: Unusable) -> &'static str {
    match unusable {
        Unusable::NotAnObject => {
            "Each entry of `keys` must be a JSON object in which no member name is there twice."
        }
        Unusable::KeyId => {
            "Give the key the `kid` that tokens name in their header. Without one it is never found."
        }
        Unusable::KeyType | Unusable::Curve => {
            "Publish an RSA key, an EC key on P-256 or P-384, or an OKP key on Ed25519. WorkOS uses \
             RSA."
        }
        Unusable::Use => {
            "The key is marked for another use, such as encryption (`enc`). Publish the signing key, \
             with `use` absent or `sig`."
        }
        Unusable::Operations => {
            "`key_ops` of a public signing key must be an array with `verify` in it. Correct it or \
             leave it out."
        }
        Unusable::AlgorithmType => {
            "`alg` must be a string such as RS256. Leave it out rather than set it to null."
        }
        Unusable::UnknownAlgorithm | Unusable::Algorithm => {
            "`alg` must be the signature algorithm of this kind of key: RS256 for the RSA keys of \
             WorkOS. Correct it or leave it out."
        }
        Unusable::MissingNumber => {
            "An RSA key needs `n` and `e`, an EC key `x` and `y`, an OKP key `x`, each as a string."
        }
        Unusable::Padding => {
            "Remove the `=` at the end of `n`, `e`, `x` and `y`: base64url in a JWK is never padded \
             (RFC 7515, section 2)."
        }
        Unusable::Encoding => {
            "Encode `n`, `e`, `x` and `y` as base64url: with `-` and `_`, without white space, line \
             breaks and padding."
        }
        Unusable::ShortModulus => {
            "RSA keys below 2048 bits can be broken and are refused (RFC 7518, section 3.3). Sign with \
             a key of 2048 bits or more."
        }
        Unusable::LongModulus => {
            "RSA keys above 8192 bits are refused, since each signature would take too long. Sign with \
             a shorter key."
        }
        Unusable::EvenModulus | Unusable::Exponent | Unusable::Point => {
            "This is not a valid public key: it is damaged, or encoded wrongly. Export it again."
        }
        Unusable::Ambiguous => {
            "Give each key a `kid` of its own. Which of two different keys is meant cannot be told."
        }
        Unusable::OtherAlgorithm => {
            "The key set has this kid, but for another algorithm than the token's header names. Check \
             `alg` and `kty` of the key at the JWKS URL."
        }
    }
}

const fn unusable_answer(failure: FetchFailure) -> &'static str {
    match failure {
        FetchFailure::Status(404) => {
            "WorkOS answers 404 for a client id that it does not know: check `clientId`."
        }
        FetchFailure::Status(403 | 429) => {
            "The server refuses or limits this machine's requests: look for a firewall, a proxy or \
             too many processes that each fetch the keys."
        }
        FetchFailure::Status(_) => {
            "The key server is failing. The token may be good: do not sign the user out, answer 503 \
             and let the client retry."
        }
        FetchFailure::Redirect(_) => {
            "Redirects are never followed. Set `jwksUrl` (or `apiUrl`) to the final address."
        }
        FetchFailure::NoUsableKey(Some(reason)) => unusable(reason),
        FetchFailure::NoUsableKey(None) => {
            "Open the JWKS URL and look at its keys. A usable RSA key has 2048 to 8192 bits, a `kid`, \
             and `use` absent or `sig`."
        }
        FetchFailure::UnwantedCoding | FetchFailure::BrokenGzip => {
            "Only gzip is requested. Look for a proxy or cache that compresses the response in \
             another way or damages it."
        }
        FetchFailure::TooLarge
        | FetchFailure::HeadersTooLarge
        | FetchFailure::NotHttp
        | FetchFailure::NotJson
        | FetchFailure::NotAKeySet => {
            "Check that the JWKS URL is right and that no proxy or login page answers in its place."
        }
        _ => "This is a bug in verify-workos-token: please report it.",
    }
}
