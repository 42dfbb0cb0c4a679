// @ts-nocheck: written without types.
// What happens in a run, as it is told: by the thread of the issuer (world.mjs), and by whoever calls.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export const CLIENT_ID = 'client_soak';
export const ISSUER = `https://api.workos.com/user_management/${CLIENT_ID}`;
/** What is under way when a run ends takes at most so long. */
export const LONGEST_REQUEST_MS = 1_000;

/**
 * Starts the issuer. `onNews` gets its tokens and keys as they are made.
 *
 * @param {number} seed
 * @param {(news: { tokens?: object[], key?: object }) => void} onNews
 */
export async function startWorld(seed, onNews = () => {}) {
  const history = { tokens: [], keys: [], sets: [], answers: [], landings: [], stalls: [] };
  const worker = startWorker(
    'world.mjs',
    { seed, clientId: CLIENT_ID, issuer: ISSUER },
    {
      stall: (stall) => history.stalls.push(stall),
      published: (set) => history.sets.push(set),
      answer: (answer) => history.answers.push(answer),
      key(key) {
        history.keys.push(key);
        onNews({ key });
      },
      tokens(tokens) {
        history.tokens.push(...tokens);
        onNews({ tokens });
      },
    },
  );
  const port = await new Promise((resolve) => {
    worker.on('message', ({ ready }) => ready && resolve(ready.port));
  });
  const stop = async () => {
    const ended = once(worker, 'exit');
    worker.postMessage('stop');
    await ended;
  };
  return { history, port, stop };
}

/** A thread of `file`, whose messages go to the handlers of their names. */
export function startWorker(file, workerData, handlers) {
  const worker = new Worker(new URL(file, import.meta.url), { workerData });
  worker.on('message', (message) => {
    for (const [name, value] of Object.entries(message)) handlers[name]?.(value);
  });
  worker.on('error', (error) => {
    throw error;
  });
  return worker;
}
