// How many threads of ours one burst starts where the machine would have room for many.
import { readdirSync, readFileSync } from 'node:fs';
import { createWorkosVerifier } from 'verify-workos-token';
import { binary } from '../../scripts/addon.mjs';

/** @type {{ jwks: import('verify-workos-token').WorkosTokenOptions['jwks'], tokens: string[] }} */
const { jwks, tokens } = JSON.parse(process.argv[2] ?? '');
// The pool is the process's, whichever of its environments asks.
const addon = { exports: /** @type {import('../../lib/binding.d.ts').Binding} */ ({}) };
process.dlopen(addon, binary);
addon.exports.limitPoolThreads(15);
const verifier = createWorkosVerifier({ clientId: 'client_test', jwks });
const claims = await Promise.all(tokens.map((token) => verifier.verify(token)));
const tasks = readdirSync('/proc/self/task');
const names = tasks.map((task) => readFileSync(`/proc/self/task/${task}/comm`, 'utf8').trim());
const threads = names.filter((name) => name.startsWith('verify-workos')).length;
console.log(JSON.stringify({ threads, verified: claims.length }));
