//! The other claims (check 5).

use crate::error::cause::causes;

causes! {
    NO_AUDIENCE = "no-audience" [InvalidAudience]
        "`aud` is missing" =>
        "By default, WorkOS tokens have no aud. In the WorkOS dashboard open Authentication -> \
        Sessions -> JWT claims, choose Configure JWT Template and add {\"aud\": \"<your client \
        id>\"}. Users must sign in again to get a token that has it. To accept tokens without aud \
        on purpose, pass `audience: null`.";
    AUDIENCE_TYPE = "audience-type" [InvalidAudience]
        "`aud` is neither a string nor an array of strings" =>
        "aud must be a string or an array of strings (RFC 7519, section 4.1.3). Correct it in the \
        JWT template of your WorkOS environment.";
    EMPTY_AUDIENCE = "empty-audience" [InvalidAudience]
        "`aud` is an empty string or an empty array" =>
        "The JWT template sets aud, but to nothing. Write your client id into it, and let users \
        sign in again.";
    AUDIENCE_SPELLING = "audience-spelling" [InvalidAudience]
        "`aud` and `audience` differ only in case, white space, quotes or a slash at the end" =>
        "The token's aud differs from `audience` only in case or white space, quotes or a slash at \
        the end, but they must match exactly. Correct the JWT template or the option.";
    AUDIENCE_PLACEHOLDER = "audience-placeholder" [InvalidAudience]
        "`aud` has `<`, `{` or three dots, or is a placeholder of the documentation" =>
        "The JWT template still has the placeholder of the documentation in aud. Replace it with \
        your client id, and let users sign in again.";
    AUDIENCE_JOINED = "audience-joined" [InvalidAudience]
        "`aud` is one string with the expected value in a list" =>
        "The token's aud is a list in one string. Make it an array in the JWT template: \
        {\"aud\": [\"...\", \"...\"]}.";
    AUDIENCE_OTHER_CLIENT = "audience-other-client" [InvalidAudience]
        "`aud` and `audience` are two different client ids" =>
        "The token's aud is another client id, as when the JWT template was copied from Staging to \
        Production. Correct it in the template of this environment, and let users sign in again.";
    AUDIENCE_RESOURCE = "audience-is-resource" [InvalidAudience]
        "`aud` is a URL, and `audience` is not" =>
        "The token's aud is a URL: this is a Connect or MCP token for that resource, or the JWT \
        template names a URL. Pass the access token of a user session, or set `audience` to the \
        URL. To accept Connect tokens, set `profile: 'connect'` and `resource`.";
    AUDIENCE_NOT_RESOURCE = "audience-is-client" [InvalidAudience]
        "a session's token is expected, `aud` is a client id, and `audience` is a URL" =>
        "The token's aud is a client id, where a URL is expected. In the token of a user session, \
        set `audience` to the client id. To accept Connect or MCP tokens, set \
        `profile: 'connect'`.";
    AUDIENCE = "other-audience" [InvalidAudience]
        "`aud` is another value" =>
        "The token is meant for another application. Set `audience` to the value in your JWT \
        template, or correct the template.";
    NO_SUBJECT = "no-subject" [InvalidSubject]
        "`sub` is missing, empty or not a string" =>
        "A WorkOS access token names its user (a machine's, its application) in sub, as a non-empty \
        string. Pass the access token of a user session, or with `profile: 'connect'` one of \
        Connect.";
    MACHINE = "machine-token" [InvalidSubject]
        "`sub` begins with `client_`" =>
        "This is a machine-to-machine token: its sub is an application (client_...). Pass the \
        access token of a user session. To accept machines, set `profile: 'connect'` and \
        `subjects: ['machine']`.";
    CLIENT_ID = "other-client-id" [InvalidClaim]
        "`client_id` is another client id" =>
        "The token was issued to another WorkOS client id. Check that `clientId` and the token \
        come from the same environment and application. In a Connect or MCP token, client_id is \
        the application that requested the token.";
    CONNECT_TOKEN = "connect-token" [InvalidClaim]
        "a session's token is expected, and `client_id` is a URL, or another client id next to \
        `scope`; or `sid` is a user's consent, or no session next to `scope`" =>
        "This is a Connect or MCP token, which another application requested for the user. Pass \
        the access token of a user session, or set `profile: 'connect'` to accept such tokens.";
    CLIENT_ID_TYPE = "client-id-type" [InvalidClaim]
        "`client_id` is not a string" =>
        "client_id must be a string. Check the JWT template of your WorkOS environment.";
    NO_ORGANIZATION = "no-organization" [ForbiddenOrganization]
        "`organizationId` is set, and `org_id` is missing" =>
        "The user has selected no organization. Let them sign in to one, which gives them a token \
        that has org_id.";
    ORGANIZATION = "other-organization" [ForbiddenOrganization]
        "`org_id` is another organization" =>
        "The user is signed in to a different organization. Let them switch to the required one, \
        which gives them a new access token.";
    ORGANIZATION_NAME = "organization-name" [ForbiddenOrganization]
        "`org_id` is another one, and `organizationId` does not begin with `org_`" =>
        "The option `organizationId` has a name, a slug or an external id. Set it to the id of the \
        organization in the WorkOS dashboard, which begins with org_.";
    WITHOUT_ORGANIZATION = "permissions-without-organization" [MissingPermission]
        "`roles` or `permissions` are required, and the token has neither these claims nor `org_id`" =>
        "Roles and permissions belong to an organization, and the user has selected none. Let them \
        sign in to one, which gives them a token with its role and permissions in `expected`.";
    ROLE_SPELLING = "role-spelling" [MissingPermission]
        "a required role and one of the token's differ only in case, white space, `-` or `_`" =>
        "The token has a role that differs from one in `roles` only in case, spaces, `-` or `_`. \
        Use the role's slug from the WorkOS dashboard, not its name.";
    ROLES = "missing-role" [MissingPermission]
        "none of the required roles is in `role` or `roles`" =>
        "Give the user one of the roles in `expected`. The role appears in their next access token.";
    PERMISSION_SPELLING = "permission-spelling" [MissingPermission]
        "a permission that is missing and one of the token's differ only in case or separators" =>
        "The token has a permission that differs from one in `permissions` only in case or in its \
        separators, such as `posts.write` for `posts:write`. Use the permission's slug from the \
        WorkOS dashboard.";
    PERMISSIONS = "missing-permission" [MissingPermission]
        "a required permission is not in `permissions`" =>
        "Give the user's role the permissions in `expected`. They appear in the user's next access \
        token.";
    ENTITLEMENTS = "missing-entitlement" [MissingPermission]
        "a required entitlement is not in `entitlements`" =>
        "The organization's plan does not include everything in `expected`. Entitlements come from \
        the subscription that is connected to WorkOS. A new one appears in the next access token.";
    FEATURE_FLAGS = "missing-feature-flag" [MissingPermission]
        "a required feature flag is not in `feature_flags`" =>
        "Turn the feature flags in `expected` on for the user or the organization in the WorkOS \
        dashboard. They appear in the next access token.";
    AUTH_TIME = "old-sign-in" [ReauthenticationRequired]
        "`auth_time` is longer ago than `maxAuthAgeSeconds`" =>
        "Let the user sign in again. Refreshing the session gives a new token with the old \
        auth_time.";
    NO_AUTH_TIME = "no-auth-time" [ReauthenticationRequired]
        "`maxAuthAgeSeconds` is set, and `auth_time` is missing" =>
        "The token doesn't say when the user signed in: tokens from before WorkOS added auth_time \
        lack it. Let the user sign in again.";
    IMPERSONATION = "impersonation" [ImpersonationDenied]
        "the token has `act`, and `impersonation` is `'deny'`" =>
        "Someone is acting as this user from the WorkOS dashboard. To allow that, set \
        `impersonation: 'allow'`.";
    CLAIM_TYPE = "claim-type" [InvalidClaim]
        "a claim that is checked has the wrong type" =>
        "The claim is present but has the wrong type. Correct the JWT template of your WorkOS \
        environment.";
}
