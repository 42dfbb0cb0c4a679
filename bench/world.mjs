// What the workloads share: an issuer with its tokens, the key server, a lane for each contender.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { startChild } from './processes/child.mjs';
import { CONTENDERS } from './contenders.mjs';
import { createIssuer, mint } from './tokens.mjs';

/** For contenders that take part in `hot` alone. */
const LOCAL_TOKENS = { good: 100, expired: 1 };
/** What the program in Rust gets at each of its turns: about 25 ms of work. */
const AWS_LC_TOKENS = 1_000;

export async function openWorld({ settings, folder, awsLcProgram, log, execPath }) {
  const issuer = createIssuer();
  const tokens = await mint(issuer, { good: settings.goodTokens, expired: settings.expiredTokens });
  const tokensFile = path.join(folder, 'tokens.json');
  writeFileSync(tokensFile, JSON.stringify(tokens));
  const keyServer = await startChild('./key-server.mjs', { keys: [issuer.jwk] });
  const { clientId, audience, jwk, pem } = issuer;
  const { origin } = keyServer.ready;
  const jwksUrl = `${origin}/sso/jwks/${clientId}`;
  const local = { ...issuer, issuer: `${origin}/user_management/${clientId}` };
  const localTokensFile = path.join(folder, 'local-tokens.json');
  writeFileSync(localTokensFile, JSON.stringify(await mint(local, LOCAL_TOKENS)));
  const input = { clientId, issuer: issuer.issuer, audience, jwk, pem, jwksUrl };
  const lanes = new Map();
  const tokensFileOf = (contender) => {
    const isLocal = CONTENDERS.find(({ id }) => id === contender)?.localIssuer;
    return isLocal ? localTokensFile : tokensFile;
  };

  return {
    settings,
    execPath,
    tokens,
    tokensFile,
    input,
    keyServer,
    log,
    requests: async () => (await keyServer.ask({})).requests,
    async lane(contender) {
      if (!lanes.has(contender)) {
        const question = { contender, input, tokensFile: tokensFileOf(contender) };
        lanes.set(contender, await startChild('./lane.mjs', question, { execPath }));
      }
      return lanes.get(contender);
    },
    awsLc:
      awsLcProgram &&
      createAwsLc(awsLcProgram, { jwk, tokens: tokens.good.slice(0, AWS_LC_TOKENS) }),
    close: () => Promise.all([keyServer, ...lanes.values()].map(({ stop }) => stop())),
  };
}

/** Runs the program once, and returns microseconds per token. */
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
