// @ts-nocheck: written without types.
// What happens around the endpoint of the keys, and what the contract of this package says must come of
// it. A scenario gets a source of keys and a fresh verifier, and returns what was otherwise.
import { body, cutOff, gzipped, hang, headersOnly, keySet, reset, status } from '../key-server.mjs';
import { AUDIENCE, claims, ISSUER, newKey, segment, token, TOLERANCE_SECONDS } from './kit.mjs';

const CALLERS = 50;
const UNKNOWN_KIDS = 200;
/** More than the contract takes, in one valid set. */
const LARGE_BYTES = 3_000_000;
const OUTAGE = 'unavailable';

/** Made once: each has its own name. */
const [first, second, attacker] = ['first', 'second', 'attacker'].map((kid) => newKey({ kid }));
const keys = [first.jwk];
const good = token(first);

const options = {
  issuer: ISSUER,
  audience: AUDIENCE,
  algorithms: ['RS256'],
  clockTolerance: TOLERANCE_SECONDS,
};

/** One answer for ever, and what must come of a good token. */
const cold = (id, does, behave, must) => ({
  id,
  does,
  run: async ({ open, verifier, expect }) => {
    const verify = verifier(open(behave).url);
    expect('the token', await verify(good), must);
  },
});

const OUTAGES = [
  ['status-500', 'status 500', status(500)],
  ['status-404', 'status 404', status(404)],
  ['hanging', 'no response at all', hang],
  ['headers-only', 'headers and no body', headersOnly],
  ['reset', 'a connection that is reset', reset],
  ['cut-off', 'half of the set', cutOff(keys)],
  ['html', 'a page of HTML', body('<!doctype html><title>Maintenance</title>')],
  ['no-keys', 'a set without keys', keySet([])],
  ['too-large', 'a set of 3 MB', keySet([...keys, { kty: 'x', x: 'x'.repeat(LARGE_BYTES) }])],
];

const GOOD = [
  ['gzip', 'a compressed set', gzipped(keys)],
  ['byte-order-mark', 'a set behind a byte order mark', body(`\ufeff${JSON.stringify({ keys })}`)],
  ['no-store', 'a set that must not be stored', keySet(keys, { 'Cache-Control': 'no-store' })],
  [
    'plain-text',
    'a set that says to be plain text',
    keySet(keys, { 'Content-Type': 'text/plain' }),
  ],
  [
    'unusable-neighbors',
    'a set with keys of unknown and broken kinds',
    keySet([{ kty: 'NEW', kid: 'n' }, { kty: 'RSA', kid: 'b', n: '!', e: 'AQAB' }, ...keys]),
  ],
];

export const SCENARIOS = [
  ...GOOD.map(([id, does, behave]) => cold(id, does, behave, 'accept')),
  ...OUTAGES.map(([id, does, behave]) => cold(id, does, behave, OUTAGE)),
  {
    id: 'refused-connection',
    does: 'no server',
    async run({ verifier, expect }) {
      const verify = verifier('https://localhost:1/sso/jwks/client_x');
      expect('the token', await verify(good), OUTAGE);
    },
  },
  {
    id: 'foreign-certificate',
    does: 'a certificate of an authority that nobody trusts',
    async run({ openForeign, verifier, expect }) {
      expect('the token', await verifier(openForeign(keySet(keys)).url)(good), OUTAGE);
    },
  },
  {
    id: 'redirect',
    does: 'a redirect to another key set',
    async run({ open, verifier, expect }) {
      const { url } = open(keySet([attacker.jwk]));
      const verify = verifier(open(status(302, { Location: url })).url);
      expect('a token of the other set', await verify(token(attacker)), OUTAGE);
    },
  },
  {
    id: 'jku',
    does: 'a token that names a key set of its own',
    async run({ open, verifier, expect }) {
      const own = open(keySet([attacker.jwk]));
      const header = { jku: own.url, x5u: own.url };
      const verify = verifier(open(keySet(keys)).url);
      expect('the token', await verify(token(attacker, { header })), 'refuse');
      expect('requests to its URL', own.requests, 0);
    },
  },
  {
    id: 'new-key',
    does: 'a key that is published right after the first request',
    async run({ open, verifier, expect }) {
      const source = open(keySet(keys));
      const verify = verifier(source.url);
      expect('before', await verify(good), 'accept');
      source.behave = keySet([first.jwk, second.jwk]);
      expect('a token of the new key', await verify(token(second)), 'accept');
    },
  },
  {
    id: 'withdrawn-key',
    does: 'a key that the newest set lacks',
    async run({ open, verifier, expect }) {
      const source = open(keySet(keys));
      const verify = verifier(source.url);
      expect('before', await verify(good), 'accept');
      source.behave = keySet([second.jwk]);
      expect('a token of the new key', await verify(token(second)), 'accept');
      expect('a token of the withdrawn key', await verify(good), 'refuse');
    },
  },
  {
    id: 're-keyed',
    does: 'another key under the same name',
    async run({ open, verifier, expect }) {
      const source = open(keySet(keys));
      const verify = verifier(source.url);
      expect('before', await verify(good), 'accept');
      const newer = newKey({ kid: first.kid });
      source.behave = keySet([newer.jwk, second.jwk]);
      expect('a token of a new name', await verify(token(second)), 'accept');
      expect('a token of the new key', await verify(token(newer)), 'accept');
      expect('a token of the old key', await verify(good), 'refuse');
    },
  },
  {
    id: 'outage-with-keys',
    does: 'status 500 when the keys are in memory',
    async run({ open, verifier, expect }) {
      const source = open(keySet(keys));
      const verify = verifier(source.url);
      expect('before', await verify(good), 'accept');
      source.behave = status(500);
      await verify(token(second));
      expect('a good token', await verify(token(first, { payload: claims({ x: 1 }) })), 'accept');
    },
  },
  {
    id: 'outage-in-rotation',
    does: 'status 500 when a new key is in use',
    async run({ open, verifier, expect }) {
      const source = open(keySet(keys));
      const verify = verifier(source.url);
      expect('before', await verify(good), 'accept');
      source.behave = status(500);
      expect('a token of the new key', await verify(token(second)), OUTAGE);
    },
  },
  {
    id: 'bad-set-later',
    does: 'a set without keys after a good one',
    async run({ open, verifier, expect }) {
      const source = open(keySet(keys));
      const verify = verifier(source.url);
      expect('before', await verify(good), 'accept');
      source.behave = keySet([]);
      await verify(token(second));
      expect('a good token', await verify(token(first, { payload: claims({ x: 1 }) })), 'accept');
    },
  },
  {
    id: 'many-callers',
    does: `${CALLERS} callers at once`,
    async run({ open, verifier, expect }) {
      const source = open(keySet(keys));
      const verify = verifier(source.url);
      const outcomes = await Promise.all(Array.from({ length: CALLERS }, () => verify(good)));
      expect('outcomes', [...new Set(outcomes)].join(), 'accept');
      expect('requests', source.requests, 1);
    },
  },
  {
    id: 'many-unknown-kids',
    does: `${UNKNOWN_KIDS} forged tokens, each with a kid of its own`,
    async run({ open, verifier, expect }) {
      const source = open(keySet(keys));
      const verify = verifier(source.url);
      expect('before', await verify(good), 'accept');
      for (let kid = 0; kid < UNKNOWN_KIDS; kid += 1) await verify(forged(`kid_${kid}`));
      expect('more requests than one', source.requests > 2, false);
      expect('a good token', await verify(good), 'accept');
    },
  },
];

function forged(kid) {
  const signature = Buffer.alloc(256, 1).toString('base64url');
  return `${segment({ alg: 'RS256', kid })}.${segment(claims())}.${signature}`;
}

/** What was otherwise than it must be; nothing if all was right. */
export async function play({ run }, { open, openForeign, verifierOf }) {
  const otherwise = [];
  const expect = (what, found, wanted) => {
    if (found !== wanted) otherwise.push(`${what}: ${found}, not ${wanted}`);
  };
  const verifier = (jwksUrl) => verifierOf({ ...options, jwksUrl });
  await run({ open, openForeign, verifier, expect });
  return otherwise;
}
