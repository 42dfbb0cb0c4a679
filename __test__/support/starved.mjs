// A process whose first fetches find no descriptor or no thread left, and whose later ones do.
// Argument: JSON of `token`, `lacks` (`descriptors` or `threads`), and `options`: of a source that is
// fetched before, if there is one, of one to fetch meanwhile, and of one to fetch afterwards; `burst`,
// `options` and the `count` of tokens to verify at once meanwhile.
// Says what came of each.
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { createWorkosVerifier } from 'verify-workos-token';

const { token, lacks, before, meanwhile, burst } = JSON.parse(process.argv[2] ?? '');
const NOBODY = 65_534;
const ENOUGH = 4_096;

/** @param {import('verify-workos-token').WorkosVerifier} verifier */
async function outcome(verifier) {
  return verifier.verify(token).then(
    ({ sub }) => sub,
    ({ code, cause, hint, retryAfterSeconds }) => ({
      code,
      cause: cause?.code,
      hint,
      retryAfterSeconds,
    }),
  );
}

/**
 * What comes of many tokens at once, which want threads of their own.
 *
 * @param {{ options: import('verify-workos-token').WorkosTokenOptions, count: number }} given
 */
async function outcomesOf({ options, count }) {
  const fixed = createWorkosVerifier(options);
  const outcomes = await Promise.all(Array.from({ length: count }, () => outcome(fixed)));
  return Object.fromEntries(
    [...new Set(outcomes)].map((one) => [one, outcomes.filter((other) => other === one).length]),
  );
}

/** Takes every descriptor, and gives them back. */
function takeDescriptors() {
  /** @type {number[]} */
  const taken = [];
  try {
    for (;;) taken.push(openSync('/dev/null', 'r'));
  } catch {
    return () => taken.forEach((descriptor) => void closeSync(descriptor));
  }
}

/** Forbids new threads, as a user whom that binds, until a helper that was there before allows them. */
async function takeThreads() {
  const limit = (/** @type {number} */ soft) => ['--pid', String(process.pid), `--nproc=${soft}:`];
  const user = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};
  const helper = spawn('sh', ['-c', `read line; prlimit ${limit(ENOUGH).join(' ')}`], user);
  await once(helper, 'spawn');
  execFileSync('prlimit', limit(0));
  if (user.gid) process.setgid?.(user.gid);
  if (user.uid) process.setuid?.(user.uid);
  return async () => {
    helper.stdin.end('\n');
    await once(helper, 'exit');
  };
}

/** @type {Record<string, Awaited<ReturnType<typeof outcome>>>} */
const said = {};
if (before) said.before = await outcome(createWorkosVerifier(before));
const verifier = createWorkosVerifier(meanwhile);
const giveBack = await (lacks === 'threads' ? takeThreads() : takeDescriptors());
said.meanwhile = await outcome(verifier);
said.again = await outcome(verifier);
if (burst) said.burst = await outcomesOf(burst);
await giveBack();
await sleep(said.again.retryAfterSeconds * 1_000 + 20);
said.afterwards = await outcome(verifier);
console.log(JSON.stringify(said));
