// Session cookies, opened and verified by one contender in a process of its own.
import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { WorkOS } from '@workos-inc/node';
import { createWorkosVerifier } from '../../index.js';
import { answerQuestions } from './child.mjs';
import { reading } from './readings.mjs';

const PASSWORD = 'the cookie password of the benchmark';
const FIRST_TURN_SESSIONS = 64;
/** As `@workos-inc/node` seals it: with the tokens here, cookies of 2.1 kB. */
const USER = {
  object: 'user',
  id: 'user_01J9Z3K4M5N6P7Q8R9S0T1V2W3',
  email: 'ada@example.com',
  emailVerified: true,
  profilePictureUrl: null,
  firstName: 'Ada',
  lastName: 'Lovelace',
  lastSignInAt: '2026-01-01T00:00:00.000Z',
  createdAt: '2026-01-01T00:00:00.000Z',
  updatedAt: '2026-01-01T00:00:00.000Z',
};

const MAKERS = {
  verifier: ({ clientId, jwksUrl }) =>
    createWorkosVerifier({ clientId, jwksUrl, cookiePassword: PASSWORD }).verifySession,
  'workos-node'({ clientId, jwksUrl }) {
    const { hostname, port } = new URL(jwksUrl);
    const apiHostname = hostname;
    const options = { clientId, apiHostname, port: Number(port), https: false };
    const { userManagement } = new WorkOS('sk_bench', options);
    return async (sessionData) => {
      const session = userManagement.loadSealedSession({ sessionData, cookiePassword: PASSWORD });
      if (!(await session.authenticate()).authenticated) throw new Error('refused');
    };
  },
};

let verify;
let sessions;
let taken = 0;
/** Microseconds per session at the last turn, by way. */
const known = {};

answerQuestions(async (question) => {
  if (question.row === undefined) return turn(question);
  const { good } = JSON.parse(readFileSync(question.tokensFile, 'utf8'));
  // More than the caches of verified tokens hold: when one comes again, it is new.
  sessions = good.map(seal);
  verify = MAKERS[question.row](question.input);
  await verify(sessions[0]);
});

/** As many sessions as take about so long. */
async function turn({ way, milliseconds }) {
  const wanted = way in known ? (milliseconds * 1_000) / known[way] : FIRST_TURN_SESSIONS;
  const batch = take(Math.max(1, Math.min(Math.round(wanted), sessions.length)), way);
  const before = reading();
  for (const session of batch) await verify(session);
  const after = reading();
  const each = (name) => (after[name] - before[name]) / batch.length;
  known[way] = Math.max(each('wall'), 0.01);
  return { wall: each('wall'), main: each('main'), total: each('total') };
}

/** Each a new string, as from a request. */
function take(count, way) {
  return Array.from({ length: count }, () => {
    if (way === 'new') taken += 1;
    return Buffer.from(sessions[way === 'new' ? taken % sessions.length : 0]).toString('latin1');
  });
}

function seal(accessToken) {
  const content = { accessToken, refreshToken: 'r'.repeat(25), user: USER };
  const [salt, macSalt] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
  const iv = randomBytes(16);
  const cipher = createCipheriv('aes-256-cbc', derive(salt), iv);
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()]);
  const texts = [iv, ciphertext].map((bytes) => bytes.toString('base64url'));
  const body = ['Fe26.2', '1', salt, ...texts, ''].join('*');
  const mac = createHmac('sha256', derive(macSalt)).update(body).digest('base64url');
  return `${body}*${macSalt}*${mac}~2`;
}

function derive(salt) {
  return pbkdf2Sync(PASSWORD, salt, 1, 32, 'sha1');
}
