// @ts-nocheck: written without types.
// The column of one contender: a process that trusts the authority of the key servers.
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { certify } from '../bench/certificate.mjs';
import { environment } from '../bench/processes/child.mjs';

const LANE = fileURLToPath(new URL('./lane.mjs', import.meta.url));
/** It takes some ten seconds, and on a machine that is busy with other things many times that. */
const LONGEST_MS = 480_000;

/** `{ tokens, endpoints }`: what it made of each. @param {string} id */
export async function columnOf(id) {
  const folder = mkdtempSync(path.join(tmpdir(), 'verify-workos-token-conformance-'));
  const trusted = path.join(folder, 'authority.pem');
  const { authority, ...identity } = certify();
  writeFileSync(trusted, authority);
  try {
    const env = { ...environment(), NODE_EXTRA_CA_CERTS: trusted };
    return await answerOf(fork(LANE, { env, timeout: LONGEST_MS }), id, identity);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function answerOf(child, id, identity) {
  return new Promise((resolve, reject) => {
    let answer;
    child.once('message', (message) => (answer = message));
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (answer !== undefined) resolve(answer);
      else reject(new Error(`${id} ended with ${code ?? signal}`));
    });
    child.send({ id, identity, foreign: certify() });
  });
}
