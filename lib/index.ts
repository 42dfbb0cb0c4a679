// First: it says so if Node is too old for the rest.
import './node-version.ts';
import type { VerifiedClaims, WorkosConnectionReport, WorkosSession } from '../index.cjs';
import { bare } from './bare.ts';
import type { Binding } from './binding.d.ts';
import { readTestOptions } from './connection/options.ts';
import { debugRefusal } from './debug.ts';
import { createSeveral } from './entries.ts';
import { WorkosTokenError } from './error.ts';
import { isWatched, Watch } from './events.ts';
import { type Face, loadBinding } from './loader.ts';
import { areEntries, readEntries } from './options/entries.ts';
import { readOptions } from './options/index.ts';
import { createSessions } from './session.ts';
import { promised } from './settling.ts';
import { createEntriesVerifier, createVerifier, debugged } from './verifier.ts';
import { createVerifications } from './verify.ts';

export { causes, hintOf } from './causes.ts';
export { shared, withoutPackage } from './loader.ts';
export { libraryIn, platform } from './platform.ts';

/** Where a binding holds the functions over it, by the kind of face that loaded them last. */
const APIS = Symbol.for('verify-workos-token.apis');

export type Api = ReturnType<typeof createApi>;
type Apis = { [Kind in Face['kind']]?: Api };

/**
 * The public functions over the binary that is loaded for one of the package's faces. `import` and
 * `require` give the same ones, although each has a build of its own. A face that is loaded once more,
 * as by a test runner that has reset its modules, gets new ones.
 */
export function connect(face: Face): Api {
  const binding = loadBinding(face);
  const apis = apisOf(binding);
  const other = apis[face.kind === 'import' ? 'require' : 'import'];
  const api = (apis[face.kind] === undefined ? other : undefined) ?? createApi(binding);
  apis[face.kind] = api;
  return api;
}

function apisOf(binding: Binding): Apis {
  const known: Apis | undefined = Object.getOwnPropertyDescriptor(binding, APIS)?.value;
  if (known !== undefined) return known;
  const apis: Apis = Object.create(null);
  // If the binding takes no properties, each copy of this file has functions of its own.
  Reflect.defineProperty(binding, APIS, bare({ value: apis }));
  return apis;
}

export function createApi(binding: Binding) {
  const verificationOf = createVerifications(binding);
  // With verifications of their own: the same options ask something else of a session's token.
  const sessionVerificationOf = createVerifications(binding);
  const sessionsOf = createSessions(binding, sessionVerificationOf);
  const severalOf = createSeveral(binding, verificationOf, sessionVerificationOf);
  const watch = new Watch(binding);

  function createWorkosVerifier(options?: unknown) {
    if (!areEntries(options)) return createAlone(options);
    try {
      return createEntriesVerifier(severalOf(readEntries(options)), watch);
    } catch (error) {
      debugRefusal(error);
      throw error;
    }
  }

  function createAlone(options: unknown) {
    try {
      const read = readOptions(options);
      const subject = {
        verification: verificationOf(read),
        sessions: sessionsOf(read),
        now: read.now,
        // Own, so that a polluted prototype gives no names.
        names: undefined,
      };
      return createVerifier(subject, watch);
    } catch (error) {
      debugRefusal(error);
      throw error;
    }
  }

  function verifyWorkosToken(token: unknown, options?: unknown) {
    if (!isWatched()) return verifyOnce(token, options);
    return watch.promise('verifyWorkosToken', () => verifyOnce(token, options));
  }

  function verifyOnce(token: unknown, options: unknown): Promise<VerifiedClaims> {
    return promised(() => {
      const read = readOptions(options);
      return verificationOf(read).verify(token, read.now());
    });
  }

  function verifyWorkosSession(sealed: unknown, options?: unknown) {
    if (!isWatched()) return verifySessionOnce(sealed, options);
    return watch.promise('verifyWorkosSession', () => verifySessionOnce(sealed, options));
  }

  function verifySessionOnce(sealed: unknown, options: unknown): Promise<WorkosSession> {
    return promised(() => {
      const read = readOptions(options);
      return sessionsOf(read).verify(sealed, read.now());
    });
  }

  async function explainWorkosToken(token: unknown, options?: unknown) {
    return createAlone(options).explain(token);
  }

  function testWorkosConnection(options?: unknown): Promise<WorkosConnectionReport> {
    return debugged(async () => {
      const { sample, verification } = readTestOptions(options);
      const read = readOptions(verification);
      return verificationOf(read).testConnection(sample, read.now());
    });
  }

  return Object.freeze({
    verifyWorkosToken,
    verifyWorkosSession,
    createWorkosVerifier,
    explainWorkosToken,
    testWorkosConnection,
    WorkosTokenError,
  });
}
