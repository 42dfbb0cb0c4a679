//! A token of WorkOS Connect is expected, and this is another one, or it lacks something.

use crate::error::cause::causes;

causes! {
    SESSION_ISSUER = "session-issuer" [InvalidIssuer]
        "a Connect token is expected, and `iss` is `https://api.workos.com` or ends with \
        `/user_management/<client id>`" =>
        "This is the access token of a user session, not a Connect, MCP or machine-to-machine \
        token. Pass the token that the client got from the AuthKit domain. To accept sessions, \
        leave `profile` out.";
    OTHER_DOMAIN = "other-authkit-domain" [InvalidIssuer]
        "a Connect token is expected, and `iss` is another AuthKit domain (`*.authkit.app`), or \
        unknown in what else looks like a Connect token" =>
        "The token is from another AuthKit domain: are Production and Staging mixed up, or does \
        the environment have a custom AuthKit domain? Check `authkitDomain` (or \
        WORKOS_AUTHKIT_DOMAIN), and where the client signs in.";
    SESSION = "session-token" [InvalidClaim]
        "a Connect token is expected, and `sid` begins with `session_`" =>
        "This is the access token of a user session. Pass the Connect token that the client got \
        from the AuthKit domain. To accept sessions, leave `profile` out.";
    NO_AUDIENCE = "no-connect-audience" [InvalidAudience]
        "a Connect token is expected, and `aud` is missing" =>
        "Every Connect token names its audience in aud. Pass the access token that the client got \
        from the AuthKit domain for this resource.";
    AUDIENCE_SPELLING = "resource-spelling" [InvalidAudience]
        "a Connect token is expected, and `aud` differs from `resource` or `audience` only in \
        case, white space, quotes or slashes at the end" =>
        "The token's aud differs from `resource` only in case, white space, quotes or a slash at \
        the end of a path, but they must match exactly. Write the same URL in `resource`, in the \
        resource indicators of the WorkOS dashboard and in the client.";
    AUDIENCE_NOT_RESOURCE = "no-resource-indicator" [InvalidAudience]
        "a Connect token is expected, `aud` is a client id, and `resource` or `audience` a URL" =>
        "The token's aud is a client id, where a URL is expected: no resource indicator is \
        configured for this URL in the WorkOS dashboard, or the client sent no `resource` when it \
        requested the token.";
    MACHINE_AUDIENCE = "machine-audience" [InvalidAudience]
        "the same, and `sub` begins with `client_`" =>
        "This is a machine-to-machine token: its aud is always the client id of the environment, \
        never a resource. To accept machines, set `audience` to that client id, and `subjects` to \
        ['machine'].";
    OTHER_RESOURCE = "other-resource" [InvalidAudience]
        "a Connect token is expected, and `aud` is another URL" =>
        "The token is for another resource. The client must request one for this server, with \
        `resource` as it is set here. Never pass a token on to another server.";
    AUDIENCE = "other-connect-audience" [InvalidAudience]
        "a Connect token is expected, and `aud` is another value" =>
        "The token is for another audience. Set `resource` to the URL of this server, as in the \
        resource indicators of the WorkOS dashboard, or `audience` to the client id of the \
        environment.";
    USER = "user-token" [InvalidSubject]
        "`subjects` has no `'user'`, and `sub` begins with `user_`" =>
        "The token was requested for a user, and only machines are accepted. To accept users, add \
        'user' to `subjects`.";
    MACHINE = "machine-not-accepted" [InvalidSubject]
        "a Connect token is expected, `subjects` has no `'machine'`, and `sub` begins with \
        `client_`" =>
        "This is a machine-to-machine token: its sub is an application (client_...), and only users \
        are accepted. To accept machines, add 'machine' to `subjects`.";
    SUBJECT = "other-subject" [InvalidSubject]
        "a Connect token is expected, and `sub` begins with neither `user_` nor `client_`" =>
        "In a Connect token, sub is a user (user_...) or an application (client_...). Pass the \
        access token as WorkOS issued it.";
    NO_CLIENT_ID = "no-client-id" [InvalidClaim]
        "a Connect token is expected, and `client_id` is missing" =>
        "A Connect token names the application that requested it in client_id; an ID token does \
        not. Pass the access token.";
    CLIENT_ID_TYPE = "requester-type" [InvalidClaim]
        "a Connect token is expected, and `client_id` is not a string, or an empty one" =>
        "client_id must be a non-empty string: the application that requested the token. Pass the \
        access token as WorkOS issued it.";
    BOUND = "bound-token" [InvalidClaim]
        "a Connect token is expected, and it has `cnf`" =>
        "The token is bound to a key of its client (cnf), by DPoP or mutual TLS. It is no bearer \
        token, and this package can't check the proof. Let the client request a bearer token.";
    SCOPE_TYPE = "scope-type" [InvalidClaim]
        "a Connect token is expected, and `scope` is not a string" =>
        "scope must be one string, with spaces between the scopes (RFC 8693, section 4.2). Pass \
        the access token as WorkOS issued it.";
    SCOPES = "missing-scope" [MissingPermission]
        "a required scope is not in `scope`" =>
        "The client must request all the scopes in `expected`, and the user must consent to them. \
        Check too that they are set up for the application in the WorkOS dashboard.";
}
