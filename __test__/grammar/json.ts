// JSON that can say one thing in many ways.
import type { Chance } from './chance.js';

/** A text that is written as it stands, whatever it is. */
export class Raw {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** An object by its members, which may repeat a name. */
export class Members {
  readonly list: [name: string, value: unknown][];

  constructor(list: [name: string, value: unknown][]) {
    this.list = list;
  }

  with(name: string, value: unknown): Members {
    return new Members([...this.without(name).list, [name, value]]);
  }

  without(name: string): Members {
    return new Members(this.list.filter(([other]) => other !== name));
  }
}

/** Names that mean something to JavaScript, or to other readers of tokens. */
const NAMES = [
  '__proto__',
  'constructor',
  'toJSON',
  'then',
  'length',
  '0',
  '',
  'é',
  '😀',
  'a"\\\n',
  'ISS',
];
const NUMBERS = [
  '0',
  '-0',
  '1',
  '-1.5',
  '1e3',
  '1E-7',
  '9007199254740993',
  '1.7976931348623157e308',
  '5e-324',
];
const STRINGS = [
  '',
  'plain',
  'a/b',
  '"quoted"',
  'tab\t',
  'nul\0',
  'ünïcödé',
  '😀',
  '\u2028',
  '</script>',
];

/** Writes a value in one of its spellings. */
export function write(value: unknown, chance: Chance): string {
  if (value instanceof Raw) return value.text;
  if (value instanceof Members) {
    const members = value.list.map(([name, one]) => {
      return `${space(chance)}${writeString(name, chance)}${space(chance)}:${write(one, chance)}`;
    });
    return around('{', members, '}', chance);
  }
  if (Array.isArray(value)) {
    return around(
      '[',
      value.map((one) => write(one, chance)),
      ']',
      chance,
    );
  }
  if (typeof value === 'string') return space(chance) + writeString(value, chance);
  return space(chance) + JSON.stringify(value) + space(chance);
}

/** Any strict value: what every reader takes alike. */
export function anyValue(chance: Chance, levels = 4): unknown {
  const kinds = levels > 0 ? 6 : 4;
  switch (chance.between(1, kinds)) {
    case 1:
      return chance.pick([null, true, false]);
    case 2:
      return new Raw(chance.pick(NUMBERS));
    case 3:
    case 4:
      return chance.pick(STRINGS);
    case 5:
      return Array.from({ length: chance.between(0, 4) }, () => anyValue(chance, levels - 1));
    default:
      return anyMembers(chance, levels - 1);
  }
}

/** Distinct names, in any order. */
export function anyMembers(chance: Chance, levels = 4): Members {
  const names = new Set(Array.from({ length: chance.between(0, 4) }, () => chance.pick(NAMES)));
  return new Members([...names].map((name) => [name, anyValue(chance, levels)]));
}

export function shuffled<Item>(list: readonly Item[], chance: Chance): Item[] {
  const rest = [...list];
  return list.map(() => rest.splice(chance.between(0, rest.length - 1), 1)[0] as Item);
}

function around(open: string, items: string[], close: string, chance: Chance): string {
  return `${space(chance)}${open}${items.join(',')}${space(chance)}${close}${space(chance)}`;
}

function space(chance: Chance): string {
  return chance.happens(0.05) ? chance.pick([' ', '\n', '\t', '\r\n']) : '';
}

/** `JSON.stringify`, but that any unit may be an escape. */
function writeString(text: string, chance: Chance): string {
  if (!chance.happens(0.1)) return JSON.stringify(text);
  const units = Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  return `"${units.map((unit) => writeUnit(unit, chance)).join('')}"`;
}

function writeUnit(unit: number, chance: Chance): string {
  const isPlain = unit >= 0x20 && unit < 0x7f && unit !== 0x22 && unit !== 0x5c;
  if (isPlain && !chance.happens(0.3)) return String.fromCharCode(unit);
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}
