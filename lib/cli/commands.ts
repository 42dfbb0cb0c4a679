import type { Command } from './command.ts';
import { doctor } from './doctor/index.ts';
import { explain } from './explain.ts';
import { keys } from './keys.ts';
import { verify } from './verify.ts';

export const COMMANDS: readonly Command[] = Object.freeze([doctor, explain, verify, keys]);
