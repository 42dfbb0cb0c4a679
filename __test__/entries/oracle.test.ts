// Random entries and tokens against a naive oracle: a verifier for each entry alone, and the rule which
// failure is told.
import { describe, expect, it } from 'vitest';
import {
  createWorkosVerifier,
  WorkosTokenError,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { CLIENT_ID, claims, createSigner, forge, segment } from '../support/jws.js';

const ROUNDS = 300;
const TOKENS_PER_ROUND = 10;
/** Explanations take longer than verifications. */
const EXPLAINED_PER_ROUND = 2;
/** Far more than it takes, on a machine that does much else. */
const TIMEOUT_MS = 180_000;
/** Fixed, so that a failure can be repeated. */
const SEED = 20_261_126;

const NOW = Math.floor(Date.now() / 1000);
const now = () => NOW;
const ISSUERS = ['https://one.example.com', 'https://two.example.com', 'https://three.example.com'];
const AUDIENCES = ['a', 'b', 'c'];
/** Two keys share a `kid`. */
const SIGNERS = [createSigner('key_1'), createSigner('key_1'), createSigner('key_2')];

/** The codes in the order of the checks; of equals, the first entry's. */
const ORDER = [
  'UNSUPPORTED_ALGORITHM',
  'UNKNOWN_KEY',
  'JWKS_FETCH_FAILED',
  'INVALID_SIGNATURE',
  'TOKEN_EXPIRED',
  'INVALID_ISSUER',
  'INVALID_AUDIENCE',
  'INVALID_CLAIM',
  'FORBIDDEN_ORGANIZATION',
  'MISSING_PERMISSION',
  'IMPERSONATION_DENIED',
];

/** Small and good enough (mulberry32). */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const random = createRandom(SEED);
const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
const some = <T>(items: readonly T[]): T[] => items.filter(() => random() < 0.6);

function randomEntry(index: number): WorkosTokenOptions & { name: string; issuer: string[] } {
  const issuer = some(ISSUERS);
  return {
    name: `entry ${index}`,
    issuer: issuer.length > 0 ? issuer : ISSUERS.slice(0, 1),
    audience: random() < 0.2 ? null : pick(AUDIENCES),
    jwks: { keys: [pick(SIGNERS).jwk] },
    now,
    ...(random() < 0.3 && { clientId: pick([CLIENT_ID, 'client_other']) }),
    ...(random() < 0.3 && { organizationId: pick(['org_1', 'org_2']) }),
    ...(random() < 0.3 && { permissions: ['p'] }),
    ...(random() < 0.2 && { impersonation: 'deny' as const }),
    ...(random() < 0.3 && { verifiedTokenCache: false }),
    ...(random() < 0.2 && { algorithms: ['ES256' as const] }),
  };
}

function randomToken(): string {
  const changes = {
    iss: random() < 0.9 ? pick(ISSUERS) : pick([undefined, 'https://four.example.com', 4]),
    aud: random() < 0.9 ? some(AUDIENCES) : undefined,
    exp: NOW + (random() < 0.9 ? 300 : -300),
    org_id: pick(['org_1', 'org_2', undefined]),
    permissions: pick([['p'], [], undefined]),
    client_id: pick([CLIENT_ID, undefined]),
    act: random() < 0.2 ? { sub: 'admin' } : undefined,
  };
  if (random() < 0.05) return forge(pick(['key_1', 'key_9']), changes);
  if (random() < 0.03) return segment('no token');
  const signer = pick(SIGNERS);
  if (random() < 0.03) return signer.sign(claims(changes), { alg: 'HS256', kid: signer.kid });
  return signer.sign(claims(changes));
}

async function outcomeOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
    return 'accepted';
  } catch (error) {
    if (error instanceof WorkosTokenError) return error.code;
    throw error;
  }
}

/** What each entry alone says, of those whose issuers hold the token's. */
async function expected(
  token: string,
  entries: readonly {
    name: string;
    issuer: string[];
    verify: (token: string) => Promise<unknown>;
  }[],
): Promise<string> {
  const all: string[] = [];
  for (const { verify } of entries) all.push(await outcomeOf(() => verify(token)));
  if (all.includes('MALFORMED_TOKEN')) return 'MALFORMED_TOKEN';
  if (all.every((one) => one === 'UNSUPPORTED_ALGORITHM')) return 'UNSUPPORTED_ALGORITHM';
  const issuer = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()).iss;
  const asked = entries.flatMap((entry, index) =>
    entry.issuer.includes(issuer) ? [{ name: entry.name, outcome: all[index] as string }] : [],
  );
  const accepting = asked.find(({ outcome }) => outcome === 'accepted');
  if (accepting !== undefined) return accepting.name;
  const ranks = asked.map(({ outcome }) => ORDER.indexOf(outcome));
  expect(ranks).not.toContain(-1);
  return ranks.length === 0 ? 'INVALID_ISSUER' : (ORDER[Math.max(...ranks)] as string);
}

describe('several entries', () => {
  it('decide as each of them alone and the rule would', { timeout: TIMEOUT_MS }, async () => {
    const outcomes = new Map<string, number>();
    const pool = Array.from({ length: 150 }, randomToken);
    for (let round = 0; round < ROUNDS; round += 1) {
      const options = Array.from({ length: 1 + Math.floor(random() * 6) }, (_, at) =>
        randomEntry(at),
      );
      const verifier = createWorkosVerifier(options);
      const alone = options.map(({ name, ...rest }) => {
        const { verify } = createWorkosVerifier({ clientId: undefined, ...rest });
        return { name, issuer: rest.issuer, verify };
      });
      for (let call = 0; call < TOKENS_PER_ROUND; call += 1) {
        const token = pick(pool);
        const naive = await expected(token, alone);
        const found = await verifier.verifyDetailed(token).then(
          ({ name }) => name,
          (error: WorkosTokenError) => error.code,
        );
        expect(found, `round ${round}, seed ${SEED}`).toBe(naive);
        if (call < EXPLAINED_PER_ROUND) {
          const explained = await verifier.explain(token);
          expect(explained.ok ? explained.name : explained.code).toBe(naive);
        }
        const kind = naive.startsWith('entry') ? 'accepted' : naive;
        outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
      }
    }
    // The tokens are of use only if they meet everything.
    const seldom = ORDER.filter((code) => code !== 'JWKS_FETCH_FAILED').concat('accepted');
    expect(seldom.filter((code) => (outcomes.get(code) ?? 0) < 5)).toEqual([]);
  });
});
