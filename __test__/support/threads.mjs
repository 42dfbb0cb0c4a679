// Which threads of ours a process has: after being loaded, after tokens one by one, after a burst.
import { readdirSync, readFileSync } from 'node:fs';
import { createWorkosVerifier } from 'verify-workos-token';

/** @type {{ jwks: import('verify-workos-token').WorkosTokenOptions['jwks'], tokens: string[] }} */
const { jwks, tokens } = JSON.parse(process.argv[2] ?? '');
const verifier = createWorkosVerifier({ clientId: 'client_test', jwks });
const seen = [threads()];
for (const token of tokens) await verifier.verify(token);
seen.push(threads());
await Promise.all(tokens.map((token) => createWorkosVerifier(anew()).verify(token)));
seen.push(threads());
console.log(JSON.stringify(seen));

function threads() {
  const tasks = readdirSync('/proc/self/task');
  const names = tasks.map((task) => readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim());
  return names.filter((name) => name.startsWith('verify-workos')).length;
}

function anew() {
  return { clientId: 'client_test', jwks, verifiedTokenCache: false };
}
