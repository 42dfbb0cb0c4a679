// The clients of the test issuer's authorization server: those that have registered themselves
// (RFC 7591), and those whose id is the URL of their metadata.

import { randomUlid } from '../keys.ts';
import { type Answer, jsonAnswer } from '../answers.ts';
import { OAuthError, oauthAnswer } from './errors.ts';

const { randomBytes } = process.getBuiltinModule('node:crypto');

const SECRET_BYTES = 32;
/** RFC 7591, section 2. */
const DEFAULT_METHOD = 'client_secret_basic';
const CODE_GRANT = 'authorization_code';
export const AUTH_METHODS = Object.freeze(['none', 'client_secret_post', DEFAULT_METHOD]);

export interface Client {
  id: string;
  /** Public clients have none. */
  secret: string | undefined;
  /** `undefined` for a client whose metadata is elsewhere: it isn't fetched. */
  redirectUris: readonly unknown[] | undefined;
  grantTypes: readonly unknown[] | undefined;
}

export type Clients = ReturnType<typeof createClients>;

export function createClients() {
  const registered = new Map<string, Client>();

  function register(body: string): Answer {
    try {
      return add(readMetadata(body));
    } catch (error) {
      return oauthAnswer(error);
    }
  }

  function add(metadata: Metadata): Answer {
    const { token_endpoint_auth_method: method = DEFAULT_METHOD } = metadata;
    const { grant_types: grantTypes = [CODE_GRANT], redirect_uris: redirectUris = [] } = metadata;
    if (!AUTH_METHODS.some((known) => known === method))
      throw new OAuthError('invalid_client_metadata', 'unknown token_endpoint_auth_method');
    if (grantTypes.includes(CODE_GRANT) && !redirectUris.some(isUri))
      throw new OAuthError('invalid_redirect_uri', 'redirect_uris must have a URL');
    const id = `client_${randomUlid()}`;
    const secret = method === 'none' ? undefined : randomBytes(SECRET_BYTES).toString('hex');
    registered.set(id, { id, secret, redirectUris, grantTypes });
    // RFC 7591, section 3.2.1: everything that was registered is in the response.
    return jsonAnswer(201, {
      ...metadata,
      redirect_uris: redirectUris,
      grant_types: grantTypes,
      token_endpoint_auth_method: method,
      client_id: id,
      client_id_issued_at: Math.floor(Date.now() / 1000),
      ...(secret === undefined ? {} : { client_secret: secret, client_secret_expires_at: 0 }),
    });
  }

  function find(id: string | null): Client | undefined {
    if (id === null) return undefined;
    if (/^https:\/\/./.test(id) && isUri(id))
      return { id, secret: undefined, redirectUris: undefined, grantTypes: undefined };
    return registered.get(id);
  }

  /** RFC 6749, section 2.3: by the `Authorization` header, or by the form. */
  function authenticate(form: URLSearchParams, authorization: string | undefined): Client {
    const basic = authorization === undefined ? undefined : basicCredentials(authorization);
    const client = find(basic?.id ?? form.get('client_id'));
    const secret = basic?.secret ?? form.get('client_secret') ?? undefined;
    if (client !== undefined && client.secret === secret) return client;
    throw new OAuthError('invalid_client', 'unknown client, or wrong credentials', 401);
  }

  return { register, find, authenticate };
}

interface Metadata {
  redirect_uris?: unknown[];
  grant_types?: unknown[];
  token_endpoint_auth_method?: unknown;
}

function readMetadata(body: string): Metadata {
  const metadata = parsed(body);
  const isObject = typeof metadata === 'object' && metadata !== null;
  if (isObject && isList(metadata, 'redirect_uris') && isList(metadata, 'grant_types'))
    return metadata;
  throw new OAuthError('invalid_client_metadata', 'the body must be client metadata as JSON');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isList(metadata: object, name: string): boolean {
  const value = Reflect.get(metadata, name);
  return value === undefined || Array.isArray(value);
}

function isUri(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value);
}

/** RFC 6749, section 2.3.1: both parts are encoded as in a form. */
function basicCredentials(authorization: string): { id: string; secret: string } | undefined {
  const [, encoded] = /^basic +(\S+)$/i.exec(authorization) ?? [];
  if (encoded === undefined) return undefined;
  const [id, ...rest] = Buffer.from(encoded, 'base64').toString().split(':');
  return { id: formDecoded(id), secret: formDecoded(rest.join(':')) };
}

function formDecoded(text: string): string {
  return new URLSearchParams(`value=${text}`).get('value') ?? '';
}
