// A program whose hooks call the verifier: Node runs them in the midst of a call that opens a channel.
import { createHook } from 'node:async_hooks';
import { createWorkosVerifier } from 'verify-workos-token';

const { JWKS_URL, JWKS = '', TOKENS = '' } = process.env;
/** @type {string[]} */
const tokens = JSON.parse(TOKENS);
const clientId = 'client_test';
const fixed = createWorkosVerifier({ clientId, jwks: JSON.parse(JWKS) });
const fetched = createWorkosVerifier({ clientId, jwksUrl: JWKS_URL });

/** @type {unknown[]} */
const nested = [];
let isNested = false;
createHook({
  init(_id, type) {
    if (isNested || type === 'PROMISE') return;
    isNested = true;
    nested.push(fetched.verify(tokens[0]), fetched.ready());
    for (const token of tokens.slice(0, 8)) nested.push(fixed.verify(token));
    nested.push(fixed.verifySync(tokens[8]));
    isNested = false;
  },
}).enable();

const rounds = [];
// With nothing waiting the channel is closed, so that each round opens one.
for (const call of [
  () => fetched.verify(tokens[9]),
  () => fetched.ready(),
  () => Promise.all(tokens.slice(10).map((token) => fixed.verify(token))),
]) {
  rounds.push(await call().then(() => 'accepted', String));
}
const outcomes = await Promise.all(
  nested.map((call) => Promise.resolve(call).then(() => '', String)),
);
const failed = outcomes.filter(Boolean);
console.log(JSON.stringify({ rounds, nested: nested.length > 0, failed }));
