// V8 13.6, of Node 24, reads a member name that is written with an escape as another one, if some
// JSON.parse in the process has seen an object that begins alike (nodejs/node issue 63785).
import path from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { claims, createSigner } from '../support/jws.js';
import { createProject, run } from './support/project.js';

const signer = createSigner();
let project: string;

beforeAll(async () => {
  project = await createProject('runtimes');
});

/** A member that comes last, and what the program has read before: as many characters, alike at first. */
const CASES: [string, string, string][] = [
  ['an impersonator is hidden', String.raw`"\u0061ct":{"sub":"admin"}`, String.raw`\\u0`],
  ['a quote becomes a backslash', String.raw`"\"":1`, String.raw`\\`],
];

test.each(CASES)('Node 24 returns what was verified: %s', async (_, member, alike) => {
  const usual = JSON.stringify(claims()).slice(0, -1);
  const text = `${usual},${member}}`;
  const priming = [`${usual},"${alike}":0}`];
  const node = path.resolve(project, 'node_modules/node24/bin/node');
  const variables = {
    TOKEN: signer.sign(text),
    JWKS: JSON.stringify(signer.jwks),
    PRIMING: JSON.stringify(priming),
  };
  const printed = JSON.parse(await run(project, node, ['escaped-names.mjs'], variables));
  const expected = Object.keys(JSON.parse(text)).map(encodeURIComponent);
  expect(printed.names).toEqual(expected);
  // The day that V8 reads them right, this test shows nothing any more and can go.
  expect(printed.misread).not.toEqual(expected);
});
