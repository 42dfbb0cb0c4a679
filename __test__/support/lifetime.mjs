// A process that uses the package and then has nothing left to do.
// Arguments: what to do, a token, and options in JSON.
import { pbkdf2 } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const [, , what, token, optionsText] = process.argv;
const options = JSON.parse(optionsText);
const load = () => import('verify-workos-token');

function threads() {
  return readdirSync('/proc/self/task').length;
}

function sockets() {
  const links = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      return ''; // the folder's own descriptor is gone by now
    }
  });
  return links.filter((link) => link.startsWith('socket:')).length;
}

/** @type {Record<string, () => Promise<unknown>>} */
const ACTIONS = {
  async import() {
    // Node's own pool starts its threads with the first work: here, so that they are not counted.
    await Promise.all(Array.from({ length: 16 }, () => promisify(pbkdf2)('', '', 1, 8, 'sha256')));
    const counts = [[threads(), sockets()]];
    const { createWorkosVerifier, verifyWorkosToken } = await load();
    counts.push([threads(), sockets()]);
    createWorkosVerifier(options).verifySync(token);
    await verifyWorkosToken(token, options);
    counts.push([threads(), sockets()]);
    return counts;
  },

  async verify() {
    const { verifyWorkosToken } = await load();
    return (await verifyWorkosToken(token, options)).sub;
  },

  async refresh() {
    const { createWorkosVerifier } = await load();
    const verifier = createWorkosVerifier(options);
    for (; verifier.stats().fetches < 2; await sleep(10)) await verifier.verify(token);
    return verifier.verifySync(token).sub;
  },

  async sync() {
    const { createWorkosVerifier } = await load();
    try {
      return createWorkosVerifier(options).verifySync(token).sub;
    } catch (error) {
      return /** @type {import('verify-workos-token').WorkosTokenError} */ (error).code;
    }
  },

  async exit() {
    const { verifyWorkosToken } = await load();
    for (let count = 0; count < 10; count += 1) verifyWorkosToken(token, options);
    setTimeout(() => process.exit(7), 50);
    return 'calling';
  },
};

console.log(JSON.stringify(await ACTIONS[what]()));
