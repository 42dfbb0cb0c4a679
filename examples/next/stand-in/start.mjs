// `next dev` with a stand-in for WorkOS, which the application meets by its environment alone.
import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { startWorkos } from './workos.mjs';

const port = process.env.PORT ?? '3000';
const next = createRequire(import.meta.url).resolve('next/dist/bin/next');
const home = `http://localhost:${port}`;
const env = {
  ...process.env,
  ...(await startWorkos(home)),
  NEXT_PUBLIC_WORKOS_REDIRECT_URI: `${home}/callback`,
};

console.log('A stand-in plays WorkOS: whoever signs in is Ada Lovelace of org_acme.');
const args = [next, 'dev', '--hostname', 'localhost', '--port', port];
const server = spawn(process.execPath, args, { env, stdio: 'inherit' });
server.on('exit', (code) => process.exit(code ?? 1));
