// What may be wrong with a token: how it is brought about, with which code this package refuses it, and
// why jose may take it.
import type { Chance } from './chance.js';
import { AUDIENCE, type Draft, NOW, signed, TOLERANCE_SECONDS } from './draft.js';
import { Members, Raw, shuffled } from './json.js';

/** The checks in their order: what an earlier one refuses, a later one never sees. */
export type Check = 'form' | 'header' | 'key' | 'signature' | 'claims';
export const CHECKS: Check[] = ['form', 'header', 'key', 'signature', 'claims'];

export interface Oddity {
  readonly name: string;
  readonly check: Check;
  readonly code: string;
  /** What it changes. Of two that change the same, the later would undo the earlier. */
  readonly touches: string[];
  /** Why jose may accept such a token; `undefined` if it must not. */
  readonly lenient?: string;
  apply(draft: Draft, chance: Chance): void;
}

type Part = 'header' | 'payload';

const either = (chance: Chance): Part => chance.pick(['header', 'payload'] as const);

const MALFORMED = 'MALFORMED_TOKEN';

/** Two readers could take such a text in two ways. */
const JSON_ODDITIES: Oddity[] = [
  form('duplicate name', [], 'JSON.parse takes the last of two members', (draft, chance) => {
    const part = either(chance);
    const twice = chance.pick(draft[part].list);
    draft[part] = new Members(shuffled([...draft[part].list, twice], chance));
  }),
  form(
    'duplicate name inside',
    ['x'],
    'JSON.parse takes the last of two members',
    (draft, chance) => {
      const inner = new Members([
        ['a', 1],
        ['b', 2],
        [chance.pick(['a', 'b']), 3],
      ]);
      const part = either(chance);
      draft[part] = draft[part].with(
        'x',
        chance.pick([inner, [inner], new Members([['y', inner]])]),
      );
    },
  ),
  form('depth', ['x'], 'JSON.parse nests without a limit', (draft, chance) => {
    const levels = chance.pick([32, 33, 60]);
    const part = either(chance);
    draft[part] = draft[part].with('x', new Raw('['.repeat(levels) + ']'.repeat(levels)));
  }),
  form('values', ['x'], 'JSON.parse counts nothing', (draft, chance) => {
    const part = either(chance);
    draft[part] = draft[part].with('x', new Raw(`[${'0,'.repeat(2_000)}0]`));
  }),
  form('overflow', ['x'], 'JSON.parse makes infinity of it', (draft, chance) => {
    const part = either(chance);
    draft[part] = draft[part].with('x', new Raw(chance.pick(['1e309', '-1e400', '9e999999'])));
  }),
  form('lone surrogate', ['x'], 'JavaScript has strings of them', (draft, chance) => {
    const part = either(chance);
    draft[part] = draft[part].with('x', new Raw(chance.pick(['"\\ud800"', '"\\udc00\\ud800"'])));
  }),
  form('byte order mark', ['text'], 'TextDecoder drops it', (draft, chance) => {
    rewriteOne(draft, either(chance), (text) => `\ufeff${text}`);
  }),
  form('not utf-8', ['x', 'text'], undefined, (draft, chance) => {
    const wrong = Buffer.from(chance.pick(['ff', 'c080', 'eda080', 'f4908080']), 'hex');
    const part = either(chance);
    draft[part] = draft[part].with('x', new Raw('"HERE"'));
    rewriteOne(draft, part, (text) => {
      const at = text.indexOf('HERE');
      return Buffer.concat([Buffer.from(text.slice(0, at)), wrong, Buffer.from(text.slice(at))]);
    });
  }),
  form('not json', ['text'], undefined, (draft, chance) => {
    const change = chance.pick([
      (text: string) => text.trimEnd().slice(0, -1),
      (text: string) => `${text},`,
      (text: string) => text.replace('{', "{'a':1,"),
      (text: string) => text.replace('{', '{"a":01,'),
      (text: string) => text.replace('{', '{"a":NaN,'),
      (text: string) => text.replace('{', '{,'),
    ]);
    rewriteOne(draft, either(chance), change);
  }),
  form('not an object', ['text'], undefined, (draft, chance) => {
    const change = chance.pick([
      () => 'null',
      (text: string) => `[${text}]`,
      () => '"a"',
      () => '',
    ]);
    rewriteOne(draft, either(chance), change);
  }),
];

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

/** One text could be spelled in two ways. */
const SPELLINGS: Oddity[] = [
  form('trailing bits', ['text', 'segment'], 'its decoder drops them', (draft) => {
    makeUneven(draft);
    respellAll(draft, (segment) => {
      if (segment.length % 4 === 0) return segment;
      const last = ALPHABET.indexOf(segment.at(-1) as string);
      return segment.slice(0, -1) + ALPHABET[last + 1];
    });
  }),
  form('padding', ['text', 'segment'], 'its decoder allows it', (draft) => {
    makeUneven(draft);
    respellAll(draft, (segment) => segment.padEnd(segment.length + (-segment.length & 3), '='));
  }),
  form('white space', ['segment'], 'its decoder skips it', (draft, chance) => {
    const [space, at] = [chance.pick([' ', '\n', '\t']), chance.between(0, 20)];
    respellAll(draft, (segment) => segment.slice(0, at) + space + segment.slice(at));
  }),
  form('the other alphabet', ['x', 'segment'], undefined, (draft) => {
    // Long enough to have both of the letters that differ.
    draft.payload = draft.payload.with('x', new Raw('">>>>>?????"'));
    respellAll(draft, (segment) => segment.replaceAll('-', '+').replaceAll('_', '/'));
  }),
  form('segments', ['token'], undefined, (draft, chance) => {
    const changes = [
      (token: string) => `${token}.`,
      (token: string) => `.${token}`,
      (token: string) => token.replace('.', '..'),
      (token: string) => token.slice(0, token.lastIndexOf('.')),
      (token: string) => token.replaceAll('.', ','),
    ];
    draft.rework = chance.pick(changes);
  }),
  form('length', ['x'], 'nothing limits it', (draft) => {
    draft.payload = draft.payload.with('x', 'x'.repeat(16_384));
  }),
];

const HEADERS: Oddity[] = [
  header(
    'alg that is not allowed',
    ['alg'],
    undefined,
    'UNSUPPORTED_ALGORITHM',
    (draft, chance) => {
      const alg = chance.pick(['none', 'HS256', 'RS512', 'rs256', 'ES384', '', 'None']);
      draft.header = draft.header.with('alg', alg);
    },
  ),
  header('alg that is no string', ['alg'], undefined, MALFORMED, (draft, chance) => {
    draft.header = chance.happens(0.5)
      ? draft.header.without('alg')
      : draft.header.with('alg', chance.pick([null, 1, [draft.algorithm], true]));
  }),
  header(
    'no kid',
    ['kid'],
    'the one key for the algorithm is taken',
    MALFORMED,
    (draft, chance) => {
      draft.header = chance.happens(0.5)
        ? draft.header.without('kid')
        : draft.header.with('kid', chance.pick([null, 1, ['key'], {}]));
    },
  ),
  header(
    'crit',
    ['b64'],
    'an extension that is understood may be critical',
    MALFORMED,
    (draft, chance) => {
      const crit = chance.pick([['exp'], ['b64'], [], null, 'b64', ['x', 'x']]);
      draft.header = draft.header.with('crit', crit).with('b64', true);
    },
  ),
  header('b64', ['b64'], 'without crit it plays no part', MALFORMED, (draft, chance) => {
    draft.header = draft.header.with('b64', chance.pick([false, null, 'true', 1, []]));
  }),
  header('typ', ['typ'], 'it is compared only if that is asked for', MALFORMED, (draft, chance) => {
    const typ = chance.pick([
      'JWE',
      'id+jwt',
      '',
      'JWT ',
      'application/',
      'text/jwt',
      null,
      1,
      ['JWT'],
    ]);
    draft.header = draft.header.with('typ', typ);
  }),
];

const SIGNATURES: Oddity[] = [
  {
    ...header('kid that is unknown', ['kid'], undefined, 'UNKNOWN_KEY', (draft, chance) => {
      const kid = chance.pick(['', 'key', `${draft.algorithm}`, `key-${draft.algorithm} `]);
      draft.header = draft.header.with('kid', kid);
    }),
    check: 'key',
  },
  signature('flipped bit', (_, chance) => (bytes) => {
    const at = chance.between(0, bytes.length - 1);
    return bytes.map((byte, index) => (index === at ? byte ^ (1 << chance.between(0, 7)) : byte));
  }),
  signature('wrong length', (_, chance) => {
    const changes = [
      () => Buffer.alloc(0),
      (bytes: Buffer) => bytes.subarray(1),
      (bytes: Buffer) => Buffer.concat([bytes, Buffer.alloc(1)]),
      (bytes: Buffer) => Buffer.concat([Buffer.alloc(1), bytes]),
    ];
    return chance.pick(changes);
  }),
  signature('zeros', () => (bytes) => Buffer.alloc(bytes.length)),
  signature('of another text', (draft) => () => signed('another text', draft.algorithm)),
];

const far = NOW + 1e9;

const CLAIMS: Oddity[] = [
  claim('expired', undefined, 'TOKEN_EXPIRED', 'exp', [NOW - TOLERANCE_SECONDS, NOW - 1e6, 0, -1]),
  claim('exp', undefined, 'INVALID_CLAIM', 'exp', [undefined, null, `${far}`, true, [far], {}]),
  claim('not yet valid', undefined, 'TOKEN_NOT_YET_VALID', 'nbf', [
    NOW + TOLERANCE_SECONDS + 1,
    far,
  ]),
  claim('nbf', undefined, 'INVALID_CLAIM', 'nbf', [null, `${NOW}`, false, [NOW]]),
  claim('iat', undefined, 'INVALID_CLAIM', 'iat', [null, `${NOW}`, false, [NOW]]),
  claim('iss', undefined, 'INVALID_ISSUER', 'iss', [
    ...[undefined, null, 1, ['https://issuer.example'], 'https://issuer.example/', ''],
  ]),
  claim('aud', undefined, 'INVALID_AUDIENCE', 'aud', [
    undefined,
    null,
    1,
    '',
    'Audience',
    [],
    ['b'],
    {},
  ]),
  claim('aud of mixed types', 'it looks for the one audience alone', 'INVALID_AUDIENCE', 'aud', [
    ...[
      [AUDIENCE, 1],
      [null, AUDIENCE],
      [AUDIENCE, [AUDIENCE]],
    ],
  ]),
  claim('no sub', undefined, 'INVALID_SUBJECT', 'sub', [undefined]),
  claim('sub', 'its type is not looked at', 'INVALID_SUBJECT', 'sub', [
    '',
    null,
    1,
    ['user_1'],
    {},
  ]),
  claim('sub of a machine', 'it knows no kinds of tokens', 'INVALID_SUBJECT', 'sub', ['client_1']),
  claim('sid', 'it knows no such claim', 'INVALID_CLAIM', 'sid', [
    ...[1, null, 'app_consent_1', ['session_1']],
  ]),
];

export const ODDITIES = [...JSON_ODDITIES, ...SPELLINGS, ...HEADERS, ...SIGNATURES, ...CLAIMS];

function form(
  name: string,
  touches: string[],
  lenient: string | undefined,
  apply: Oddity['apply'],
): Oddity {
  return { name, check: 'form', code: MALFORMED, touches, apply, ...(lenient && { lenient }) };
}

function header(
  name: string,
  touches: string[],
  lenient: string | undefined,
  code: string,
  apply: Oddity['apply'],
): Oddity {
  return { name, check: 'header', code, touches, apply, ...(lenient && { lenient }) };
}

function signature(
  name: string,
  change: (draft: Draft, chance: Chance) => (signature: Buffer) => Uint8Array,
): Oddity {
  const apply = (draft: Draft, chance: Chance) => {
    draft.resign = change(draft, chance);
  };
  const [check, code, touches] = ['signature' as const, 'INVALID_SIGNATURE', ['signature']];
  return { name: `signature: ${name}`, check, code, touches, apply };
}

function claim(
  name: string,
  lenient: string | undefined,
  code: string,
  member: string,
  values: unknown[],
): Oddity {
  const apply = (draft: Draft, chance: Chance) => {
    const value = chance.pick(values);
    draft.payload =
      value === undefined ? draft.payload.without(member) : draft.payload.with(member, value);
  };
  const touches = [`claim ${member}`];
  return {
    name: `claim: ${name}`,
    check: 'claims',
    code,
    touches,
    apply,
    ...(lenient && { lenient }),
  };
}

function rewriteOne(
  draft: Draft,
  changed: Part,
  change: (text: string) => string | Uint8Array,
): void {
  draft.rewrite = (text, part) => (part === changed ? change(text) : text);
}

function respellAll(draft: Draft, change: (segment: string) => string): void {
  draft.respell = change;
}

/** The payload then ends within four characters, which leaves bits over. */
function makeUneven(draft: Draft): void {
  const fill = (text: string) => (Buffer.byteLength(text) % 3 === 0 ? `${text} ` : text);
  rewriteOne(draft, 'payload', fill);
}
