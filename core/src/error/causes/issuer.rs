//! Another issuer, recognized before the signature is checked or after it.

use crate::error::cause::{Cause, causes};
use crate::error::causes::connect;
use crate::error::issuer::{IssuerCause, Provider};

causes! {
    NO_ISSUER = "no-issuer" [InvalidIssuer]
        "`iss` is missing or not a string" =>
        "Every WorkOS access token names its issuer in iss, as a string. This token was not issued \
        by WorkOS.";
    TRAILING_SLASH = "issuer-slash" [InvalidIssuer]
        "`iss` and `issuer` differ only in a slash at the end" =>
        "The issuers differ only in a slash at the end, but they must match exactly. Set `issuer` \
        to what the token says.";
    SPELLING = "issuer-spelling" [InvalidIssuer]
        "`iss` and `issuer` differ only in case, white space or scheme" =>
        "The issuers differ only in case, white space or `http` for `https`, but they must match \
        exactly. Set `issuer` to what the token says.";
    OPTION_IS_KEY_URL = "issuer-is-key-url" [InvalidIssuer]
        "`issuer` is the URL of a key set or of a discovery document" =>
        "The option `issuer` has the URL of the keys or of the discovery document. Set it to the \
        `issuer` in that document, such as https://api.workos.com/user_management/<client id>, and \
        put the URL of the keys into `jwksUrl`.";
    DEVELOPMENT_MODE = "development-mode" [InvalidIssuer]
        "`iss` is WorkOS's own domain, and `issuer` has the same client id on another one" =>
        "The token comes from api.workos.com, but `issuer` names a custom domain. AuthKit's \
        development mode, or a client without your custom domain (`apiHostname`), gets tokens from \
        there. Set it in the client, or leave `issuer` and `apiUrl` out in development.";
    OTHER_DOMAIN = "other-domain" [InvalidIssuer]
        "`iss` has the same client id on another domain" =>
        "The token is for the same client ID, but from a different domain. If that is your custom \
        authentication domain, set `issuer` (or `apiUrl`) to it.";
    OTHER_ENVIRONMENT = "other-environment" [InvalidIssuer]
        "`iss` has another client id, and the token's key is not in the key set" =>
        "The token is from another WorkOS environment: are Production and Staging mixed up? Check \
        that `clientId` is the one that the user signed in with.";
    OTHER_CLIENT = "other-client-same-environment" [InvalidIssuer]
        "`iss` has another client id, and the signature is good" =>
        "The token is for another client of the same WorkOS environment: are two applications, or \
        Production and Staging, mixed up? Set `clientId` to the one that the user signed in with, \
        or list both issuers in `issuer` if both may call this service.";
    LEGACY = "legacy-issuer" [InvalidIssuer]
        "`iss` is `https://api.workos.com`" =>
        "The token has WorkOS's legacy issuer. If your environment issues such tokens, set \
        `issuer: 'https://api.workos.com'`.";
    AUTHKIT_DOMAIN = "authkit-domain" [InvalidIssuer]
        "`iss` is an AuthKit domain (`*.authkit.app`), or unknown, and `sid` is a user's consent or \
        `sub` an application" =>
        "The issuer is an AuthKit domain: this is a Connect, MCP or machine-to-machine token, not \
        a user session's access token. Pass the access token of a user session, or set \
        `profile: 'connect'` to accept such tokens.";
    ID_TOKEN = "id-token" [InvalidIssuer, InvalidAudience, InvalidClaim]
        "`iss` is an AuthKit domain or unknown, or a Connect token is expected and its `aud` or \
        `client_id` is wrong; and the payload has `nonce`, `at_hash` or `c_hash`" =>
        "This is an ID token, which tells an application who signed in. It is not made for calling \
        a service. Pass the access token.";
    OKTA = "okta" [InvalidIssuer, UnsupportedAlgorithm, MalformedToken]
        "`iss` is under `okta.com`, `oktapreview.com`, `okta-emea.com` or `okta-gov.com`" =>
        "This is Okta's token, an identity provider's own token. Pass the WorkOS access token that \
        the user gets after signing in through Okta.";
    ENTRA_ID = "entra-id" [InvalidIssuer, UnsupportedAlgorithm, MalformedToken]
        "`iss` is Entra ID's (`login.microsoftonline.com`, `sts.windows.net`, `b2clogin.com`, \
        `ciamlogin.com`)" =>
        "This is a token of Entra ID (Azure AD), an identity provider's own token. Pass the WorkOS \
        access token that the user gets after signing in through it.";
    GOOGLE = "google" [InvalidIssuer, UnsupportedAlgorithm, MalformedToken]
        "`iss` is `accounts.google.com`" =>
        "This is Google's ID token, an identity provider's own token. Pass the WorkOS access token \
        that the user gets after signing in with Google.";
    AUTH0 = "auth0" [InvalidIssuer, UnsupportedAlgorithm, MalformedToken]
        "`iss` is under `auth0.com`" =>
        "This is Auth0's token, an identity provider's own token. Pass the WorkOS access token; if \
        you have moved from Auth0, a client still signs in there.";
    COGNITO = "cognito" [InvalidIssuer, UnsupportedAlgorithm, MalformedToken]
        "`iss` is under `amazonaws.com` and names a Cognito user pool" =>
        "This is a token of Amazon Cognito, an identity provider's own token. Pass the WorkOS \
        access token; if you have moved from Cognito, a client still signs in there.";
    CLERK = "clerk" [InvalidIssuer, UnsupportedAlgorithm, MalformedToken]
        "`iss` is under `clerk.accounts.dev`, or its host begins with `clerk.`" =>
        "This is Clerk's session token, an identity provider's own token. Pass the WorkOS access \
        token; if you have moved from Clerk, a client still signs in there.";
    SUPABASE = "supabase" [InvalidIssuer, UnsupportedAlgorithm, MalformedToken]
        "`iss` is `supabase`, under `supabase.co`, or ends with `/auth/v1`" =>
        "This is Supabase's token or API key, an identity provider's own token. Pass the WorkOS \
        access token. To use WorkOS's token with Supabase, add WorkOS there as a third-party \
        provider.";
    FIREBASE = "firebase" [InvalidIssuer, UnsupportedAlgorithm, MalformedToken]
        "`iss` is `securetoken.google.com` or `session.firebase.google.com`" =>
        "This is Firebase's token, an identity provider's own token. Pass the WorkOS access token; \
        if you have moved from Firebase, a client still signs in there.";
    LOOPBACK = "emulator" [InvalidIssuer]
        "`iss` is on a loopback host" =>
        "The token is from an emulator on this machine. In tests, set `issuer` to the emulator's \
        address. In production, refuse the token.";
    OTHER_ISSUER = "other-issuer" [InvalidIssuer]
        "`iss` is none of these" =>
        "Set `issuer` to the issuer of your WorkOS environment, byte for byte. A custom \
        authentication domain has its own issuer. The issuer of a Connect, MCP or \
        machine-to-machine token may be a custom AuthKit domain: `profile: 'connect'` accepts such \
        tokens, and `authkitDomain` names the domain.";
}

/// The row of an issuer whose token's key is not in the key set.
pub(crate) fn unsigned(cause: IssuerCause) -> &'static Cause {
    match cause {
        IssuerCause::Missing | IssuerCause::WrongType => &NO_ISSUER,
        IssuerCause::TrailingSlash => &TRAILING_SLASH,
        IssuerCause::Spelling => &SPELLING,
        IssuerCause::OptionIsKeyUrl => &OPTION_IS_KEY_URL,
        IssuerCause::DevelopmentMode => &DEVELOPMENT_MODE,
        IssuerCause::OtherDomain => &OTHER_DOMAIN,
        IssuerCause::OtherClientId => &OTHER_ENVIRONMENT,
        IssuerCause::Legacy => &LEGACY,
        IssuerCause::AuthkitDomain => &AUTHKIT_DOMAIN,
        IssuerCause::OtherAuthkitDomain => &connect::OTHER_DOMAIN,
        IssuerCause::Session => &connect::SESSION_ISSUER,
        IssuerCause::IdToken => &ID_TOKEN,
        IssuerCause::Provider(provider) => self::provider(provider),
        IssuerCause::Loopback => &LOOPBACK,
        IssuerCause::Other => &OTHER_ISSUER,
    }
}

/// The same for a token whose signature is good: its key is one of this environment.
pub(crate) fn signed(cause: IssuerCause) -> &'static Cause {
    match cause {
        IssuerCause::OtherClientId => &OTHER_CLIENT,
        cause => unsigned(cause),
    }
}

pub(crate) fn provider(provider: Provider) -> &'static Cause {
    match provider {
        Provider::Okta => &OKTA,
        Provider::EntraId => &ENTRA_ID,
        Provider::Google => &GOOGLE,
        Provider::Auth0 => &AUTH0,
        Provider::Cognito => &COGNITO,
        Provider::Clerk => &CLERK,
        Provider::Supabase => &SUPABASE,
        Provider::Firebase => &FIREBASE,
    }
}
