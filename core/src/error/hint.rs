//! What to do about a refusal: one fixed hint for each likely cause.
//!
//! A hint never contains text from a token, so every hint can be shown and logged as it is.

use super::claim::IssuerCause;
use super::fetch::FetchFailure;
use super::key::Unusable;
use super::malformed::Malformed;

// Form and header (checks 1 and 2).

const NOT_A_STRING: &str = "Pass the access token as a string. An undefined token often means that \
    the request had no Authorization header or that the user is not signed in.";
const TOO_LONG: &str = "A WorkOS access token is one to six thousand bytes long. Check what is \
    being passed.";
const BEARER_PREFIX: &str = "Remove 'Bearer ' and pass the token alone.";
const SEALED_SESSION: &str = "This is a sealed session cookie. Unseal it with WorkOS's SDK and \
    pass the access token inside it.";
const API_KEY: &str = "This is a WorkOS API key, a secret. If it came from outside, it has leaked \
    and should be rotated. Pass the user's access token.";
const ENCRYPTED: &str = "This is an encrypted token (JWE). WorkOS access tokens are signed, not \
    encrypted. Pass the access token.";
const SEGMENT_COUNT: &str = "An access token has three parts separated by dots. Check that you \
    pass the whole access token, not an ID token, a refresh token or a session cookie.";
const DAMAGED: &str = "Pass the token exactly as WorkOS issued it, without quotes, spaces, line \
    breaks or URL encoding.";
const NOT_FROM_WORKOS: &str = "Every WorkOS access token names its algorithm and its key. This \
    token was not issued by WorkOS.";
const EXTENSION: &str = "The token requires an extension that no WorkOS access token uses. This \
    token was not issued by WorkOS.";
const TYPE: &str = "This is a different kind of token, such as a logout token or a DPoP proof. \
    Pass the access token.";
pub(super) const UNSUPPORTED_ALGORITHM: &str = "WorkOS signs with RS256, the default. Add another \
    algorithm to `algorithms` only if you know that your issuer uses it; `none` and HS* can never \
    be allowed.";

pub(super) const fn malformed(malformed: Malformed) -> &'static str {
    match malformed {
        Malformed::NotAString(_) | Malformed::Empty => NOT_A_STRING,
        Malformed::TooLong => TOO_LONG,
        Malformed::BearerPrefix => BEARER_PREFIX,
        Malformed::SealedSession => SEALED_SESSION,
        Malformed::ApiKey => API_KEY,
        Malformed::Encrypted => ENCRYPTED,
        Malformed::SegmentCount => SEGMENT_COUNT,
        Malformed::NotBase64url(_) | Malformed::Json(_, _) => DAMAGED,
        Malformed::Algorithm | Malformed::KeyId => NOT_FROM_WORKOS,
        Malformed::Critical | Malformed::UnencodedPayload => EXTENSION,
        Malformed::Type => TYPE,
    }
}

// Key and signature (checks 3 and 4).

pub(super) const UNKNOWN_KEY: &str = "Check that the token comes from the same WorkOS environment \
    as `clientId` (Staging and Production have different keys). If the key was withdrawn, the user \
    has to sign in again.";
pub(super) const UNKNOWN_KEY_COOLDOWN: &str = "The keys were fetched for an unknown kid a moment \
    ago. If WorkOS has just changed its keys, try again after `retryAfterSeconds`. Otherwise the \
    token is not from the WorkOS environment of `clientId`.";
pub(super) const INVALID_SIGNATURE: &str = "Treat the token as forged or damaged. Pass it exactly \
    as WorkOS issued it, and do not retry.";

// Issuer, before and after the signature.

const NO_ISSUER: &str = "Every WorkOS access token names its issuer in iss, as a string. This \
    token was not issued by WorkOS.";
const TRAILING_SLASH: &str = "The issuers differ only in a slash at the end, but they must match \
    exactly. Set `issuer` to what the token says.";
const OTHER_DOMAIN: &str = "The token is for the same client ID, but from a different domain. If \
    that is your custom authentication domain, set `issuer` (or `apiUrl`) to it.";
const OTHER_CLIENT_ID: &str = "The token is from another WorkOS environment: are Production and \
    Staging mixed up? Check that `clientId` is the one that the user signed in with.";
const LEGACY: &str = "The token has WorkOS's legacy issuer. If your environment issues such \
    tokens, set `issuer: 'https://api.workos.com'`.";
const AUTHKIT_DOMAIN: &str = "The issuer is an AuthKit domain: this is a Connect, MCP or \
    machine-to-machine token, not a user session's access token. Pass the access token of a user \
    session.";
const IDENTITY_PROVIDER: &str = "This is the identity provider's own token (Okta, Entra ID, Google \
    or Auth0). Pass the WorkOS access token that the user gets after signing in through it.";
const LOOPBACK: &str = "The token is from an emulator on this machine. In tests, set `issuer` to \
    the emulator's address. In production, refuse the token.";
const OTHER_ISSUER: &str = "Set `issuer` to the issuer of your WorkOS environment, byte for byte. \
    A custom authentication domain has its own issuer. The issuer of a Connect, MCP or \
    machine-to-machine token may be a custom AuthKit domain.";

pub(crate) const fn issuer(cause: IssuerCause) -> &'static str {
    match cause {
        IssuerCause::Missing | IssuerCause::WrongType => NO_ISSUER,
        IssuerCause::TrailingSlash => TRAILING_SLASH,
        IssuerCause::OtherDomain => OTHER_DOMAIN,
        IssuerCause::OtherClientId => OTHER_CLIENT_ID,
        IssuerCause::Legacy => LEGACY,
        IssuerCause::AuthkitDomain => AUTHKIT_DOMAIN,
        IssuerCause::IdentityProvider => IDENTITY_PROVIDER,
        IssuerCause::Loopback => LOOPBACK,
        IssuerCause::Other => OTHER_ISSUER,
    }
}

// Claims (check 5).

pub(crate) const EXPIRED: &str = "Refresh the session to get a new access token (WorkOS's tokens \
    are valid for five minutes by default). If the token should still be valid, check this \
    machine's clock.";
pub(crate) const NOT_YET_VALID: &str = "Check this machine's clock. If it is right, wait until the \
    time in `actual`.";
pub(crate) const EXP_MISSING: &str = "A WorkOS access token always has exp. Pass the access token, \
    not another kind of token.";
pub(crate) const NUMERIC_DATE: &str = "exp, nbf and iat must be JSON numbers: seconds since 1970 \
    (RFC 7519, section 2).";
pub(crate) const SUBJECT: &str = "A WorkOS access token names its user in sub, as a non-empty \
    string. Pass the access token of a user session.";
pub(crate) const SUBJECT_MACHINE: &str = "This is a machine-to-machine token: its sub is an \
    application (client_...). Pass the access token of a user session.";
pub(crate) const CLIENT_ID: &str = "The token was issued to another WorkOS client id. Check that \
    `clientId` and the token come from the same environment. In a Connect or MCP token, client_id \
    is the application that requested the token.";
pub(crate) const CLIENT_ID_TYPE: &str = "client_id must be a string. Check the JWT template of \
    your WorkOS environment.";
pub(crate) const AUDIENCE_MISSING: &str = "By default, WorkOS tokens have no aud. In the WorkOS \
    dashboard open Authentication -> Sessions -> JWT claims, choose Configure JWT Template and add \
    {\"aud\": \"<your client id>\"}. Users must sign in again to get a token that has it. To \
    accept tokens without aud on purpose, pass `audience: null`.";
pub(crate) const AUDIENCE_TYPE: &str = "aud must be a string or an array of strings (RFC 7519, \
    section 4.1.3). Correct it in the JWT template of your WorkOS environment.";
pub(crate) const AUDIENCE_SPELLING: &str = "The token's aud differs from `audience` only in case \
    or white space, but they must match exactly. Correct the JWT template or the option.";
pub(crate) const AUDIENCE: &str = "The token is meant for another application. Set `audience` to \
    the value in your JWT template, or correct the template.";
pub(crate) const ORGANIZATION: &str = "The user is signed in to a different organization. Let them \
    switch to the required one, which gives them a new access token.";
pub(crate) const ORGANIZATION_MISSING: &str = "The user has selected no organization. Let them \
    sign in to one, which gives them a token that has org_id.";
pub(crate) const ROLES: &str = "Give the user one of the roles in `expected`. The role appears in \
    their next access token.";
pub(crate) const PERMISSIONS: &str = "Give the user's role the permissions in `expected`. They \
    appear in the user's next access token.";
pub(crate) const IMPERSONATION: &str = "Someone is acting as this user from the WorkOS dashboard. \
    To allow that, set `impersonation: 'allow'`.";
pub(crate) const CLAIM_TYPE: &str = "The claim is present but has the wrong type. Correct the JWT \
    template of your WorkOS environment.";

// Fetching the keys.

const NOT_FETCHED: &str =
    "Await `ready()` before `verifySync`, or give the verifier a fixed `jwks`.";
const OUTDATED: &str = "The keys are being refetched. Try again after `retryAfterSeconds`, or use \
    `verify`, which waits for them.";
const TOO_MANY_WAITING: &str = "The keys are being fetched, and more than 1,024 calls are waiting \
    for them. Respond with 503 and let the client retry after `retryAfterSeconds`. Await `ready()` \
    at startup so that no call has to wait.";
const DNS: &str = "Check the host of the JWKS URL and this machine's name resolution. The token \
    may be good: do not sign the user out.";
const UNREACHABLE: &str = "Check that this machine can reach the JWKS URL. The token may be good: \
    do not sign the user out, respond with 503 and let the client retry.";
const EXHAUSTED: &str = "Raise the process's limits (`ulimit -n`, or the container's process \
    limit), or look for a leak of sockets, files or threads. The token may be good: do not sign \
    the user out.";
const NO_TRUST_ROOTS: &str = "Check that the files in NODE_EXTRA_CA_CERTS and SSL_CERT_FILE can be \
    read, that this machine's clock is right (expired certificates don't count), and that the \
    process has file descriptors left.";
const PROXY: &str = "Check HTTPS_PROXY (HTTP_PROXY for http): the proxy must be up and must let \
    this machine reach the host of the JWKS URL. Hosts in NO_PROXY are reached directly.";
const TLS_UNKNOWN_ISSUER: &str = "If your company's certificate authority signs this network's \
    TLS, pass its certificate in `jwksCache.ca` or NODE_EXTRA_CA_CERTS.";
const TLS_SELF_SIGNED: &str = "The server has a self-signed certificate. For a server of your \
    own, pass the certificate itself in `jwksCache.ca` or NODE_EXTRA_CA_CERTS. WorkOS has none: \
    there, something between this machine and WorkOS answers in its place.";
const TLS_NO_SUBJECT_ALT_NAME: &str = "The server's certificate names its host only in the common \
    name, which is not read (RFC 9525, section 2). Make it again with a subject alternative name, \
    such as `-addext subjectAltName=DNS:localhost` of `openssl req`.";
const TLS_EXPIRED: &str = "Check this machine's clock first. If it is right, the server's \
    certificate must be renewed.";
const TLS: &str = "Check that the JWKS URL names the right host and port, and any proxy or \
    firewall in between.";
const STATUS_NOT_FOUND: &str = "WorkOS responds with 404 to a client id that it does not know: \
    check `clientId`.";
const STATUS_REFUSED: &str = "The server refuses or limits this machine's requests. Look for a \
    firewall, a proxy or too many processes that each fetch the keys.";
const STATUS: &str = "The key server is failing. The token may be good: do not sign the user out, \
    respond with 503 and let the client retry.";
const REDIRECT: &str = "Redirects are never followed. Set `jwksUrl` (or `apiUrl`) to the final \
    address.";
const NO_USABLE_KEY: &str = "Open the JWKS URL and look at its keys. A usable RSA key has 2048 to \
    8192 bits, a `kid`, and `use` absent or `sig`.";
const CODING: &str = "Only gzip is requested. Look for a proxy or cache that compresses the \
    response differently or damages it.";
const NOT_THE_KEYS: &str = "Check that the JWKS URL is right and that no proxy or login page \
    responds in its place.";
const BUG: &str = "This is a bug in verify-workos-token: please report it.";

pub(super) const fn fetch(failure: FetchFailure) -> &'static str {
    match failure {
        FetchFailure::NotFetched => NOT_FETCHED,
        FetchFailure::Outdated => OUTDATED,
        FetchFailure::TooManyWaiting => TOO_MANY_WAITING,
        FetchFailure::Dns => DNS,
        FetchFailure::Connect | FetchFailure::Interrupted | FetchFailure::Timeout => UNREACHABLE,
        FetchFailure::Exhausted => EXHAUSTED,
        FetchFailure::NoTrustRoots => NO_TRUST_ROOTS,
        FetchFailure::Proxy => PROXY,
        FetchFailure::TlsUnknownIssuer => TLS_UNKNOWN_ISSUER,
        FetchFailure::TlsSelfSigned => TLS_SELF_SIGNED,
        FetchFailure::TlsNoSubjectAltName => TLS_NO_SUBJECT_ALT_NAME,
        FetchFailure::TlsExpired => TLS_EXPIRED,
        FetchFailure::TlsWrongName | FetchFailure::Tls => TLS,
        FetchFailure::Status(404) => STATUS_NOT_FOUND,
        FetchFailure::Status(403 | 429) => STATUS_REFUSED,
        FetchFailure::Status(_) => STATUS,
        FetchFailure::Redirect(_) => REDIRECT,
        FetchFailure::NoUsableKey(Some(reason)) => unusable(reason),
        FetchFailure::NoUsableKey(None) => NO_USABLE_KEY,
        FetchFailure::UnwantedCoding | FetchFailure::BrokenGzip => CODING,
        FetchFailure::TooLarge
        | FetchFailure::HeadersTooLarge
        | FetchFailure::NotHttp
        | FetchFailure::NotJson
        | FetchFailure::NotAKeySet => NOT_THE_KEYS,
        FetchFailure::Internal => BUG,
    }
}

// What the publisher of a key has to change (RFC 7517, section 4; RFC 7518, section 6).

const KEY_NOT_AN_OBJECT: &str = "Each entry of `keys` must be a JSON object without duplicate \
    member names.";
const KEY_ID: &str = "Give the key the `kid` that tokens name in their header. Without it, the key \
    is never found.";
const KEY_TYPE: &str = "Publish an RSA key, an EC key on P-256 or P-384, or an OKP key on Ed25519. \
    WorkOS uses RSA.";
const KEY_USE: &str = "The key is marked for another use, such as encryption (`enc`). Publish the \
    signing key, with `use` absent or `sig`.";
const KEY_OPERATIONS: &str = "`key_ops` of a public signing key must be an array that contains \
    `verify`. Correct it or leave it out.";
const KEY_ALGORITHM_TYPE: &str = "`alg` must be a string such as RS256. Leave it out rather than \
    set it to null.";
const KEY_ALGORITHM: &str = "`alg` must be the signature algorithm of this kind of key: RS256 for \
    the RSA keys of WorkOS. Correct it or leave it out.";
const KEY_NUMBERS: &str = "An RSA key needs `n` and `e`, an EC key `x` and `y`, an OKP key `x`, \
    each as a string.";
const KEY_PADDING: &str = "Remove the `=` at the end of `n`, `e`, `x` and `y`: base64url in a JWK \
    is never padded (RFC 7515, section 2).";
const KEY_ENCODING: &str = "Encode `n`, `e`, `x` and `y` as base64url: with `-` and `_`, without \
    white space, line breaks or padding.";
const KEY_SHORT_MODULUS: &str = "RSA keys below 2048 bits can be broken and are refused (RFC 7518, \
    section 3.3). Sign with a key of 2048 bits or more.";
const KEY_LONG_MODULUS: &str = "RSA keys above 8192 bits are refused, since each signature would \
    take too long. Sign with a shorter key.";
const KEY_DAMAGED: &str = "This is not a valid public key: it is damaged or wrongly encoded. \
    Export it again.";
const KEY_AMBIGUOUS: &str = "Give each key its own `kid`. If two different keys share one, there \
    is no telling which is meant.";
const KEY_OTHER_ALGORITHM: &str = "The key set has this kid, but for another algorithm than the \
    one in the token's header. Check `alg` and `kty` of the key at the JWKS URL.";

pub(super) const fn unusable(unusable: Unusable) -> &'static str {
    match unusable {
        Unusable::NotAnObject => KEY_NOT_AN_OBJECT,
        Unusable::KeyId => KEY_ID,
        Unusable::KeyType | Unusable::Curve => KEY_TYPE,
        Unusable::Use => KEY_USE,
        Unusable::Operations => KEY_OPERATIONS,
        Unusable::AlgorithmType => KEY_ALGORITHM_TYPE,
        Unusable::UnknownAlgorithm | Unusable::Algorithm => KEY_ALGORITHM,
        Unusable::MissingNumber => KEY_NUMBERS,
        Unusable::Padding => KEY_PADDING,
        Unusable::Encoding => KEY_ENCODING,
        Unusable::ShortModulus => KEY_SHORT_MODULUS,
        Unusable::LongModulus => KEY_LONG_MODULUS,
        Unusable::EvenModulus | Unusable::Exponent | Unusable::Point => KEY_DAMAGED,
        Unusable::Ambiguous => KEY_AMBIGUOUS,
        Unusable::OtherAlgorithm => KEY_OTHER_ALGORITHM,
    }
}
