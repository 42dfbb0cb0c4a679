// What the workloads share: an issuer with its tokens, the key server, a lane for each contender.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { startChild } from './processes/child.mjs';
import { createIssuer, mint } from './tokens.mjs';

/** Given to the program in Rust at each of its turns: some 25 ms of work. */
const AWS_LC_TOKENS = 1_000;

export async function openWorld({ settings, folder, awsLcProgram, log }) {
  const issuer = createIssuer();
  const tokens = await mint(issuer, { good: settings.goodTokens, expired: settings.expiredTokens });
  const tokensFile = path.join(folder, 'tokens.json');
  writeFileSync(tokensFile, JSON.stringify(tokens));
  const keyServer = await startChild('./key-server.mjs', { keys: [issuer.jwk] });
  const { clientId, audience, jwk, pem } = issuer;
  const jwksUrl = `${keyServer.ready.origin}/sso/jwks/${clientId}`;
  const input = { clientId, issuer: issuer.issuer, audience, jwk, pem, jwksUrl };
  const lanes = new Map();

  return {
    settings,
    tokens,
    tokensFile,
    input,
    keyServer,
    log,
    requests: async () => (await keyServer.ask({})).requests,
    async lane(contender) {
      if (!lanes.has(contender)) {
        lanes.set(contender, await startChild('./lane.mjs', { contender, input, tokensFile }));
      }
      return lanes.get(contender);
    },
    awsLc:
      awsLcProgram &&
      createAwsLc(awsLcProgram, { jwk, tokens: tokens.good.slice(0, AWS_LC_TOKENS) }),
    close: () => Promise.all([keyServer, ...lanes.values()].map(({ stop }) => stop())),
  };
}

/** Runs the program once, and gives microseconds per token. */
function createAwsLc(program, { jwk: { n, e }, tokens }) {
  const question = JSON.stringify({ jwk: { n, e }, tokens });
  return async () => {
    const child = spawn(program, { stdio: ['pipe', 'pipe', 'inherit'], timeout: 60_000 });
    let answer = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      answer += text;
    });
    child.stdin.end(question);
    await once(child, 'close');
    return JSON.parse(answer).microsecondsPerToken;
  };
}
