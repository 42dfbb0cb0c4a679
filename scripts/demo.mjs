// The main job, shown: tokens of an embedded issuer, whose keys are fetched over HTTP, accepted and
// refused. With WORKOS_CLIENT_ID set and a token on standard input, that token and WorkOS itself.
import { createInterface } from 'node:readline/promises';
import { createWorkosVerifier, verifyWorkosToken, WorkosTokenError } from 'verify-workos-token';
import { createTestIssuer } from 'verify-workos-token/testing';

/** @typedef {import('verify-workos-token').WorkosTokenOptions} Options */
/** @typedef {{ name: string, code: string, token: Promise<string>, options: Options }} Refusal */

const WIDTH = Math.min(Math.max(process.stdout.columns ?? 72, 32), 88);

const token = process.env.WORKOS_CLIENT_ID ? await tokenFromStandardInput() : '';
process.exitCode = token ? await verifyOne(token) : await showAll();

async function tokenFromStandardInput() {
  if (process.stdin.isTTY)
    console.log('Paste an access token and press Enter (or only Enter for the embedded issuer):');
  for await (const line of createInterface({ input: process.stdin })) return line.trim();
  return '';
}

/**
 * @param {string} token
 */
async function verifyOne(token) {
  title(`A token for ${process.env.WORKOS_CLIENT_ID}, by WorkOS's keys`);
  try {
    accepted(await verifyWorkosToken(token));
    return 0;
  } catch (error) {
    if (!(error instanceof WorkosTokenError)) throw error;
    refused(error);
    return 1;
  }
}

async function showAll() {
  const issuer = createTestIssuer();
  await issuer.listen();
  try {
    title(`An embedded issuer serves its keys at ${issuer.jwksUrl}`);
    const unexpected = [await showGoodToken(issuer)];
    for (const refusal of refusals(issuer)) unexpected.push(await showRefusal(refusal));
    return unexpected.some(Boolean) ? 1 : 0;
  } finally {
    await issuer.close();
  }
}

/**
 * @param {import('verify-workos-token/testing').TestIssuer} issuer
 */
async function showGoodToken(issuer) {
  title('A good token');
  const verifier = createWorkosVerifier(issuer.options);
  accepted(
    await verifier.verify(await issuer.sign({ org_id: 'org_acme', permissions: ['posts:read'] })),
  );
  const { keysInMemory, fetches } = verifier.stats();
  console.log(`  ${keysInMemory} key in memory after ${fetches} request`);
  return false;
}

/**
 * @param {import('verify-workos-token/testing').TestIssuer} issuer
 * @returns {Refusal[]}
 */
function refusals(issuer) {
  const elsewhere = 'https://api.workos.com/user_management/client_staging';
  const { options } = issuer;
  const nowhere = { ...options, jwksUrl: 'http://127.0.0.1:9/sso/jwks/client_test' };
  const header = { kid: 'sso_oidc_key_pair_unknown' };
  return [
    { name: 'An expired token', code: 'TOKEN_EXPIRED', token: issuer.expired(), options },
    {
      name: 'A token for another audience',
      code: 'INVALID_AUDIENCE',
      token: issuer.sign({ aud: 'another-app' }),
      options,
    },
    {
      name: 'A token without an audience',
      code: 'INVALID_AUDIENCE',
      token: issuer.sign({ aud: undefined }),
      options,
    },
    {
      name: 'A token of another issuer',
      code: 'INVALID_ISSUER',
      token: issuer.sign({ iss: elsewhere }),
      options,
    },
    { name: 'A forged token', code: 'INVALID_SIGNATURE', token: issuer.wrongKey(), options },
    {
      name: 'A token by an unknown key',
      code: 'UNKNOWN_KEY',
      token: issuer.sign({}, { header }),
      options,
    },
    {
      name: 'A good token, while the keys are unavailable',
      code: 'JWKS_FETCH_FAILED',
      token: issuer.sign(),
      options: nowhere,
    },
  ];
}

/**
 * Whether it went otherwise than it should.
 *
 * @param {Refusal} refusal
 */
async function showRefusal({ name, code, token, options }) {
  title(name);
  try {
    accepted(await verifyWorkosToken(await token, options));
    return true;
  } catch (error) {
    if (!(error instanceof WorkosTokenError)) throw error;
    refused(error);
    return error.code !== code;
  }
}

/**
 * @param {string} text
 */
function title(text) {
  console.log(`\n${wrap(text, '')}`);
}

/**
 * @param {object} claims
 */
function accepted(claims) {
  console.log(`  accepted\n${JSON.stringify(claims, null, 2).replace(/^/gm, '  ')}`);
}

/**
 * @param {WorkosTokenError} error
 */
function refused(error) {
  console.log(`  refused: ${error.code}`);
  console.log(wrap(error.message, '  '));
  console.log(wrap(`-> ${error.hint}`, '  '));
}

/**
 * Words that are longer than a line stay whole, so that they can be copied.
 *
 * @param {string} text
 * @param {string} indent
 */
function wrap(text, indent) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && indent.length + last.length + 1 + word.length <= WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.map((line) => indent + line).join('\n');
}
