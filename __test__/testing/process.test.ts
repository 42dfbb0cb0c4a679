import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';

const run = promisify(execFile);

describe('the process', { timeout: 20_000 }, () => {
  // By its own name, which Node finds from inside the package alone.
  const cwd = fileURLToPath(new URL('../..', import.meta.url));
  const prelude = `const { createTestIssuer } = require('verify-workos-token/testing');`;
  // Exit code 0 alone: 13 would be an await that nothing holds open, and a kill by the time limit
  // has no code.
  const exitsByItself = async (script: string) => {
    const code = `${prelude} (async () => { ${script} })().then(() => console.log('done'));`;
    const { stdout } = await run(process.execPath, ['-e', code], { cwd, timeout: 10_000 });
    expect(stdout).toBe('done\n');
  };

  it('exits by itself when close() was forgotten', async () => {
    await exitsByItself(`
      const issuer = createTestIssuer();
      await issuer.listen();
      await (await fetch(issuer.jwksUrl)).json();
      await issuer.outage('hang');`);
  });

  it('exits by itself with a connection that hangs or drips', async () => {
    await exitsByItself(`
      const issuer = createTestIssuer({ algorithm: 'EdDSA' });
      await issuer.listen();
      for (const [count, mode] of [[1, 'hang'], [2, 'drip']]) {
        issuer.outage(mode);
        const request = require('node:http').get(issuer.jwksUrl).on('error', () => {});
        request.on('socket', (socket) => socket.unref());
        while (issuer.requests() < count) await new Promise((resolve) => setTimeout(resolve, 10));
      }`);
  });

  it('stays until every step is done, though nothing else is pending', async () => {
    await exitsByItself(`
      const issuer = createTestIssuer({ algorithm: 'EdDSA' });
      await issuer.listen();
      await issuer.outage('refuse');
      await issuer.outage(null);
      if ((await fetch(issuer.jwksUrl)).status !== 200) throw new Error('not back');
      await issuer.close();
      await issuer.listen();
      await issuer.close();`);
  });

  it('has one implementation for import and require, and loads no native addon for it', async () => {
    await exitsByItself(`
      const imported = await import('verify-workos-token/testing');
      if (imported.createTestIssuer !== createTestIssuer) throw new Error('two implementations');
      const loaded = Object.keys(require.cache).map((path) => require('node:path').basename(path));
      if (!loaded.every((name) => /^(testing.*|algorithms|kinds|option-names)\\.cjs$/.test(name))) throw new Error(loaded.join());`);
  });
});
