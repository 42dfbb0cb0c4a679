import type { WorkosConnectionReport, WorkosKeyReport } from '../../index.cjs';
import type { Command, Invocation } from './command.ts';
import { loadLibrary } from './library.ts';
import { COMMON_OPTIONS, KEY_OPTIONS } from './options.ts';
import type { Page } from './page.ts';
import { addError, type ErrorRecord, recordOf } from './refusal.ts';
import { settingsOf } from './settings.ts';
import { printSnapshot } from './snapshot.ts';
import { STATUS, type Status, statusOf } from './status.ts';
import { count } from './text.ts';

export const keys: Command = {
  name: 'keys',
  summary: 'lists the keys, and says which can be used',
  details: [],
  takesToken: false,
  options: [...KEY_OPTIONS, 'algorithms', 'snapshot', ...COMMON_OPTIONS],
  examples: [
    ['npx verify-workos-token keys --client-id client_123', 'the keys of a client id'],
    ['npx verify-workos-token keys --jwks keys.json', 'those in a file'],
    [
      'npx verify-workos-token keys --client-id client_123 --snapshot > keys.snapshot.json',
      'a snapshot to deploy',
    ],
    [
      'npx verify-workos-token keys --jwks-url https://example.com/jwks --algorithms ES256',
      'those of another issuer',
    ],
  ],
  run,
};

/** Keys need neither, and without an issuer no discovery document is asked for. */
const NO_CHECKS = Object.freeze({ issuer: 'none', audience: null });

async function run(invocation: Invocation): Promise<Status> {
  const { values, json, output } = invocation;
  const options = { ...settingsOf(values), ...NO_CHECKS };
  if (values.snapshot !== undefined) return printSnapshot(options, invocation);
  const { testWorkosConnection } = await loadLibrary();
  const report = await output.wait('Fetching the keys', testWorkosConnection(options));
  const error = report.error === null ? null : recordOf(report.error);
  const status = statusOf(error ?? {});
  if (json) output.printJson(keysJson(report, status, error));
  else if (report.keys.length > 0) output.print(addKeys(output.page(), report));
  if (!json && error !== null) output.printError(addError(output.errorPage(), error));
  return status;
}

/** The JSON of docs/command-line.md. */
function keysJson(
  { jwksUrl, keys, latencyMs, cache }: WorkosConnectionReport,
  exitStatus: Status,
  error: ErrorRecord | null,
) {
  const ok = exitStatus === STATUS.good;
  return { command: 'keys', ok, exitStatus, jwksUrl, latencyMs, cache, keys, error };
}

function addKeys(page: Page, { jwksUrl, keys, latencyMs }: WorkosConnectionReport): Page {
  const time = latencyMs === null ? '' : `, in ${Math.round(latencyMs)} ms`;
  page.heading(`${count(keys.length, 'key')}${time}`);
  if (jwksUrl !== null) page.paragraph(jwksUrl);
  page.blank();
  const table = [['KID', 'TYPE', 'BITS', 'ALG', 'USE', 'USABLE'], ...keys.map(cellsOf)];
  if (!page.table(table)) for (const key of keys) addKey(page, key);
  const unusable = keys.filter(({ usable }) => !usable);
  if (unusable.length === 0) return page;
  page.heading('Not usable');
  return page.rows(
    unusable.map(({ kid, reason }) => ({ label: kid ?? 'no kid', texts: [reason ?? ''] })),
  );
}

function cellsOf({ kid, kty, sizeBits, alg, use, usable }: WorkosKeyReport): string[] {
  const cells = [kid, kty, sizeBits === null ? null : String(sizeBits), alg, use];
  return [...cells.map((cell) => cell ?? '-'), usable ? 'yes' : 'no'];
}

/** For a terminal that is too narrow for a table. */
function addKey(page: Page, key: WorkosKeyReport): void {
  const { kid, kty, sizeBits, alg, use, usable } = key;
  const facts = [kty, sizeBits && `${sizeBits} bits`, alg, use, usable ? 'usable' : 'not usable'];
  page.paragraph(kid ?? 'no kid').paragraph(facts.filter(Boolean).join(', '), '    ');
}
