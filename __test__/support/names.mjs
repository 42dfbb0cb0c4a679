// A process that sees the names of files of its own (in a mount namespace), and fetches.
// Argument: JSON of `token`; `hosts`, `resolver`, what stands in /etc/hosts and /etc/resolv.conf;
// `steps`, each a list of options that are fetched with at once, or a datagram to send.
// Says of each step what came of it, how long that took in milliseconds, and with how many threads of
// look-ups.
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorkosVerifier } from 'verify-workos-token';

const { token, steps } = JSON.parse(process.argv[2]);

function lookups() {
  return readdirSync('/proc/self/task').filter((id) => {
    try {
      return readFileSync(`/proc/self/task/${id}/comm`, 'utf8').trim() === 'workos-dns';
    } catch {
      return false;
    }
  }).length;
}

/** @param {import('verify-workos-token').WorkosTokenOptions} options */
async function outcome(options) {
  return createWorkosVerifier(options)
    .verify(token)
    .then(
      ({ sub }) => sub,
      ({ code, cause }) => cause?.code ?? code,
    );
}

const said = [];
for (const { fetch, send, wait } of steps) {
  const start = performance.now();
  if (send) {
    const socket = createSocket('udp4');
    await new Promise((resolve) => socket.send(send.text, send.port, send.host, resolve));
    socket.close();
  }
  let threads = 0;
  const timer = setInterval(() => (threads = Math.max(threads, lookups())), 20);
  const outcomes = await Promise.all((fetch ?? []).map(outcome));
  if (wait) await sleep(wait);
  clearInterval(timer);
  said.push({ outcomes, ms: performance.now() - start, threads, left: lookups() });
}
console.log(JSON.stringify(said));
process.exit();
