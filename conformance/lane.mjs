// @ts-nocheck: written without types.
// One contender in a process of its own: it gets every case, and tells what it made of each.
import { play, SCENARIOS } from './cases/endpoints.mjs';
import { hostileCases } from './cases/hostile.mjs';
import { vectorCases } from './cases/vectors.mjs';
import { CONTENDERS } from './contenders.mjs';
import { body, openKeyServer } from './key-server.mjs';

/** What Node lets pass in a header, unchanged (RFC 9110, section 5.5). */
const IN_HEADER = /^[\x21-\x7e\x80-\xff]([\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?$/;
/** Longer than any contender waits for keys by its documentation. */
const PATIENCE_MS = 15_000;
/** What went otherwise because of a request for keys is tried again. */
const ATTEMPTS = 3;

process.once('message', async ({ id, identity, foreign }) => {
  const contender = CONTENDERS.find((one) => one.id === id);
  const { create, outcomeOf } = await import(`./contenders/${id}.mjs`);
  const { cases, leftOut } = vectorCases();
  const isFixed = ({ now }) => now !== undefined;
  const all = [...cases, ...hostileCases()];
  const [server, foreignServer] = await Promise.all([identity, foreign].map(openKeyServer));
  const lane = { contender, create, outcomeOf, server, foreignServer };
  // The clock stands still for some: nothing else may run meanwhile.
  const fixed = await judgeTokens(all.filter(isFixed), lane);
  const others = all.filter((one) => !isFixed(one));
  const [current, endpoints] = await Promise.all([judgeTokens(others, lane), judgeEndpoints(lane)]);
  process.send({ tokens: [...fixed, ...current], endpoints, leftOut }, () => process.exit());
});

async function judgeTokens(cases, lane) {
  const answers = [];
  for (const { id, rule, basis, cite, group, must, ...given } of cases) {
    const outcome = await outcomeFor(given, lane);
    answers.push({ id, rule, basis, cite, group, must, outcome });
  }
  return answers;
}

async function outcomeFor(
  { token, keySet, options, now },
  { contender, create, outcomeOf, server },
) {
  const setUp = suited(options, contender, token);
  if (setUp === undefined) return 'none';
  const restore = now === undefined ? () => {} : stopClock(now);
  const attempt = () => {
    const jwksUrl = server.open(body(keySet)).url;
    return outcome(() => create({ ...setUp, jwksUrl }), token, outcomeOf);
  };
  try {
    return await again(attempt, (found) => found !== 'unavailable' && found !== 'nothing');
  } finally {
    restore();
  }
}

/** On a busy machine, a request whose time is over may be nobody's fault. */
async function again(attempt, isDone) {
  for (let left = ATTEMPTS - 1; ; left -= 1) {
    const found = await attempt();
    if (left === 0 || isDone(found)) return found;
  }
}

/** The options of a case as this contender can be set up for it; nothing if it can't be. */
function suited(options, contender, token) {
  const { algorithms, issuer, audience } = options;
  const lacks = algorithms.some((name) => !contender.algorithms.includes(name));
  if (lacks || (contender.oneAlgorithm && algorithms.length > 1)) return undefined;
  if (Array.isArray(issuer) && contender.oneIssuer) return undefined;
  if (contender.inHeader && !IN_HEADER.test(token)) return undefined;
  if (audience !== null || !contender.needsAudience) return options;
  const own = audienceOf(token);
  return own && { ...options, audience: own };
}

/** What the token says, for a contender that must be told of one. */
function audienceOf(token) {
  try {
    const { aud } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url'));
    return typeof aud === 'string' && aud !== '' ? aud : undefined;
  } catch {
    return undefined;
  }
}

/** `accept`, `refuse`, `unavailable`, `nothing` if there is no answer, or what it threw. */
async function outcome(verifier, token, outcomeOf) {
  let timer;
  const patience = new Promise((resolve) => {
    timer = setTimeout(() => resolve('nothing'), PATIENCE_MS);
  });
  const answer = (async () => verifier()(token))().then(
    () => 'accept',
    (error) => outcomeOf(error) ?? `${error}`,
  );
  const first = await Promise.race([answer, patience]);
  clearTimeout(timer);
  return first;
}

/** All at once: some take as long as a contender waits for keys. */
async function judgeEndpoints({ create, outcomeOf, server, foreignServer }) {
  const verifierOf = (options) => {
    const verify = create(options);
    return (token) => outcome(() => verify, token, outcomeOf);
  };
  const world = { open: server.open, openForeign: foreignServer.open, verifierOf };
  return Promise.all(
    SCENARIOS.map(async (scenario) => ({
      id: scenario.id,
      does: scenario.does,
      otherwise: await again(
        () => play(scenario, world),
        (otherwise) => otherwise.length === 0,
      ),
    })),
  );
}

/** JavaScript's clock stands at this second until what is returned is called. */
function stopClock(seconds) {
  const RealDate = Date;
  globalThis.Date = class extends RealDate {
    constructor(...given) {
      super(...(given.length === 0 ? [seconds * 1_000] : given));
    }
    static now() {
      return seconds * 1_000;
    }
  };
  return () => {
    globalThis.Date = RealDate;
  };
}
