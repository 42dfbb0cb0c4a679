import type { WorkosTokenCheck, WorkosTokenExplanation } from '../../index.cjs';
import type { Command, Invocation } from './command.ts';
import { isSealed } from '../explain.ts';
import { COMMON_OPTIONS, KEY_OPTIONS, SESSIONS, TOKEN_OPTIONS } from './options.ts';
import type { Page, Row } from './page.ts';
import { causeOf, withCause } from './refusal.ts';
import { type Status, statusOf } from './status.ts';
import { count, inline, shorten } from './text.ts';
import { timeText } from './time.ts';
import { type GivenToken, SOURCES } from './token.ts';
import { takeVerification } from './verification.ts';

/** The most of a value that a page shows, in UTF-16 units: some lines. `--json` shows more. */
const MAX_SHOWN = 400;
/** Claims that are times (RFC 7519, section 4.1; OpenID Connect Core 1.0, section 2). */
const TIMES: readonly string[] = ['exp', 'nbf', 'iat', 'auth_time'];

export const explain: Command = {
  name: 'explain',
  summary: 'shows what each check of a token or a sealed session finds, and what to do',
  details: [
    'Makes every check, also after one has failed, with the keys that verification uses. What it prints holds the claims of the token, and neither the token nor its signature.',
    SESSIONS,
  ],
  takesToken: true,
  options: [...KEY_OPTIONS, ...TOKEN_OPTIONS, ...COMMON_OPTIONS],
  examples: [
    ['cat token.txt | npx verify-workos-token explain', 'a token from a file'],
    [
      'npx verify-workos-token explain --client-id client_123',
      'the token in WORKOS_TOKEN, for a certain client id',
    ],
    [
      'cat token.txt | npx verify-workos-token explain --now 1700000000 --json',
      'as at the time of a report, as JSON',
    ],
  ],
  run,
};

async function run(invocation: Invocation): Promise<Status> {
  const { json, output } = invocation;
  const { options, verifier, given } = await takeVerification(invocation);
  const explanation = await output.wait('Explaining the token', verifier.explain(given.token));
  const status = statusOf(explanation);
  const now = Number(options.now ?? Date.now() / 1_000);
  if (json) output.printJson(explanationJson(explanation, status, given));
  else output.print(addExplanation(output.page(), explanation, { given, now }));
  return status;
}

/** The JSON of docs/command-line.md. */
function explanationJson(
  explanation: WorkosTokenExplanation,
  exitStatus: Status,
  given: GivenToken,
) {
  const { retryAfterSeconds = null, cause, ...facts } = explanation;
  const { code = null, message = null, hint = null } = explanation;
  const start = { command: 'explain', ok: explanation.ok, exitStatus, tokenSource: given.source };
  return { ...start, ...facts, code, message, hint, retryAfterSeconds, cause: causeOf(cause) };
}

interface Circumstances {
  readonly given: GivenToken;
  readonly now: number;
}

function addExplanation(
  page: Page,
  explanation: WorkosTokenExplanation,
  { given, now }: Circumstances,
): Page {
  const kind = isSealed(given.token) ? 'session' : 'token';
  addVerdict(page, explanation, kind);
  page.heading(kind === 'session' ? 'Session' : 'Token').rows(tokenRows(explanation, given));
  page.heading('Checks').rows(explanation.checks.map((check) => checkRow(check, explanation, now)));
  if (explanation.claims !== null) addClaims(page, explanation, now);
  if (explanation.remarks.length > 0) page.heading('Remarks');
  for (const remark of explanation.remarks) page.paragraph(sentence(remark));
  return page;
}

function addVerdict(
  page: Page,
  { code, message, hint, cause }: WorkosTokenExplanation,
  kind: 'token' | 'session',
): void {
  if (code === undefined) {
    page.verdict('ok', `The ${kind} is accepted.`);
    return;
  }
  const isOpen = code === 'JWKS_FETCH_FAILED' || code === 'INVALID_OPTIONS';
  page.verdict(isOpen ? 'warn' : 'fail', `${isOpen ? 'Not verified' : 'Refused'}: ${code}`);
  page.paragraph(sentence(withCause({ message: message ?? '', cause })));
  if (hint !== undefined) page.blank().paragraph(hint);
}

function tokenRows(explanation: WorkosTokenExplanation, given: GivenToken): Row[] {
  const { sizeBytes, verified, header } = explanation;
  const rows = [
    { label: 'from', texts: [SOURCES[given.source]] },
    { label: 'size', texts: [count(sizeBytes, 'byte')] },
  ];
  if (header === null) return rows;
  const members = Object.entries(header).map(([label, value]) => ({
    label,
    texts: [shown(value)],
  }));
  return [
    ...rows,
    ...members,
    { label: 'signature', texts: [verified ? 'verified' : 'not verified'] },
  ];
}

function checkRow(
  { check, ok, expected, actual, message, hint }: WorkosTokenCheck,
  explanation: WorkosTokenExplanation,
  now: number,
): Row {
  const label = check;
  const text = (value: unknown) =>
    (TIMES.includes(check) ? timeText(value, now) : undefined) ?? shown(value);
  if (ok === true) return { mark: 'ok', label, texts: actual === undefined ? [] : [text(actual)] };
  if (ok === null) return { mark: 'skip', label, texts: [message ?? 'not checked'] };
  const texts = [
    message ?? '',
    ...(actual === undefined ? [] : [`found: ${text(actual)}`]),
    ...(expected === undefined ? [] : [`expected: ${relation(check)}${text(expected)}`]),
    ...(hint === null || hint === explanation.hint ? [] : [hint]),
  ];
  return { mark: 'fail', label, texts };
}

function relation(check: string): string {
  if (check === 'exp') return 'later than ';
  return check === 'nbf' ? 'not later than ' : '';
}

function addClaims(page: Page, { claims, verified }: WorkosTokenExplanation, now: number): void {
  page.heading(verified ? 'Claims' : 'Claims, not verified: anyone can have written them');
  const rows = Object.entries(claims ?? {}).map(([label, value]) => {
    const time = TIMES.includes(label) ? timeText(value, now) : undefined;
    return { label, texts: [time === undefined ? shown(value) : `${shown(value)} (${time})`] };
  });
  if (rows.length === 0) page.paragraph('none');
  else page.rows(rows);
}

function shown(value: unknown): string {
  return shorten(inline(value), MAX_SHOWN);
}

function sentence(fact: string): string {
  return `${fact.slice(0, 1).toUpperCase()}${fact.slice(1)}${/[.!?]$/.test(fact) ? '' : '.'}`;
}
