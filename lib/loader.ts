// Finds the native binary and opens it.

import { bare } from './bare.ts';
import type { Binding } from './binding.d.ts';
import { nameFor, platform } from './platform.ts';
import { unavailable } from './unavailable.ts';

/** As in package.json, which a bundler leaves behind. */
const VERSION = '0.1.0';
// Node's own modules through `process`: bundlers that write ES modules break `require` of them. No
// name at the top level is one that people's banners for such bundles declare, as `path`.
const fileSystem = process.getBuiltinModule('node:fs');
const paths = process.getBuiltinModule('node:path');

/** Of this version alone: the JavaScript of one is no match for the binary of another. */
const SHARED = Symbol.for(`verify-workos-token.binding@${VERSION}`);

/** A file of the package that Node or a bundler has loaded: `index.js` or `index.cjs`. */
export interface Face {
  kind: 'import' | 'require';
  /** Its folder; `undefined` in a bundle that has none. */
  folder: string | undefined;
  /** Requires the platform package by a literal name. */
  requirePackage(): unknown;
}

/**
 * The binary that this thread loaded first. The file next to this package is tried before Node's
 * resolution of the platform package, which costs more than opening the file.
 */
export function loadBinding({ folder, requirePackage }: Face): Binding {
  return shared(() => openNextTo(folder) ?? requirePackage());
}

/**
 * The binary of the platform package that lies next to this one, as package managers put it, or the
 * one built in place in a git checkout. `undefined` leaves the decision, and the error, to `require`.
 */
function openNextTo(folder: string | undefined): unknown {
  const file = folder === undefined ? undefined : fileNextTo(folder);
  if (file === undefined) return undefined;
  try {
    return open(file);
  } catch {
    return undefined;
  }
}

function fileNextTo(folder: string): string | undefined {
  const found = possiblePlatforms()
    .map((name) => ({ name, file: filesOf(name, folder).find(isThere) }))
    .filter(({ file }) => file !== undefined);
  // With the packages of both C libraries, as in a copied image, only the process can tell.
  const match = found.length > 1 ? found.find(({ name }) => name === platform()) : found[0];
  return match?.file;
}

function filesOf(name: string, folder: string): string[] {
  const file = `verify-workos-token.${name}.node`;
  const inPlace = paths.join(folder, 'npm', name, file);
  // In a folder of another name, what lies next to it may be for another version. So may a platform
  // package be if this one has dependencies in a folder of its own, which `require` looks into first.
  const isInstalled = paths.basename(folder) === 'verify-workos-token';
  if (!isInstalled || isThere(paths.join(folder, 'node_modules'))) return [inPlace];
  return [paths.join(folder, '..', `verify-workos-token-${name}`, file), inPlace];
}

/** More than one only on Linux, where the C library is not known without a look at the process. */
function possiblePlatforms(): string[] {
  return process.platform === 'linux' ? ['gnu', 'musl'].map(nameFor) : [platform()];
}

/**
 * The binary that this thread loaded first, whichever copy of the JavaScript asked for it: bundles
 * that each carry one would each fetch the keys. Another realm has another global object.
 */
export function shared(load: () => unknown): Binding {
  const known = loadedBinding();
  if (known !== undefined) return known;
  const loaded = load() as Binding & { default?: Binding };
  // A bundler's copy of the platform package is an ES module.
  const binding = Object.hasOwn(loaded, 'default') ? (loaded.default as Binding) : loaded;
  // If the global object takes no properties, each copy keeps its own.
  Reflect.defineProperty(globalThis, SHARED, bare({ value: binding }));
  return binding;
}

/** The binary that this thread has loaded, if it has. */
export function loadedBinding(): Binding | undefined {
  return Object.getOwnPropertyDescriptor(globalThis, SHARED)?.value;
}

/**
 * For a face whose `require` of the platform package failed: the binary built in place in a git
 * checkout, or else an error that a person can act on.
 */
export function withoutPackage(cause?: unknown, folder?: string): Binding {
  const file = folder === undefined ? undefined : pathInPlace(folder);
  if (file === undefined || !isThere(file)) throw unavailable(cause);
  try {
    return open(file);
  } catch (error) {
    throw unavailable(error);
  }
}

/** Not a `require`: bundlers would look for a file that is in no published package. */
function pathInPlace(folder: string): string {
  return paths.join(folder, 'npm', platform(), `verify-workos-token.${platform()}.node`);
}

function open(file: string): Binding {
  const addon = { exports: {} as Binding };
  process.dlopen(addon, file);
  return addon.exports;
}

/** Deno throws if it may not look. */
function isThere(file: string): boolean {
  try {
    return fileSystem.existsSync(file);
  } catch {
    return false;
  }
}
