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

const CASES: [string, string[], string][] = [
  ['a quote', [String.raw`{"h":[],"\\":0}`], String.raw`{"h":1,"\"":2,`],
  [
    'a claim that is hidden',
    [String.raw`{"h":[],"\\":0}`],
    String.raw`{"h":1,"\u0072ole":"admin",`,
  ],
];

test.each(CASES)('Node 24 returns what was verified: %s', async (_, priming, start) => {
  const text = start + JSON.stringify(claims()).slice(1);
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
