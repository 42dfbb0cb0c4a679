// A process in which the request for keys begins on another thread than the one that asks for it, or
// later than the call. Argument: JSON of `options`, `tokens` and `method`. Says what became of each token.
import { createWorkosVerifier } from 'verify-workos-token';

const { options, tokens, method } = JSON.parse(process.argv[2] ?? '');
const verifier = createWorkosVerifier(options);
/** @type {Record<string, () => Promise<unknown[]>>} */
const METHODS = {
  // All in one turn: those after the first few go to other threads.
  burst: () => Promise.all(tokens.map(outcomeOf)),
  // One after the other, without a turn of the event loop between them.
  row: async () => {
    const outcomes = [];
    for (const token of tokens) outcomes.push(await outcomeOf(token));
    return outcomes;
  },
};

/** @param {string} token */
async function outcomeOf(token) {
  return verifier.verify(token).then(
    () => 'accepted',
    ({ code, cause }) => `${code} ${cause?.code}`,
  );
}

console.log(JSON.stringify(await METHODS[method]?.()));
