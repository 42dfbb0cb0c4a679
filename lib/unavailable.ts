// What is said when no binary can be loaded.

import { platform } from './platform.ts';

/** Node's code for a feature that a platform lacks. */
const UNSUPPORTED = 'ERR_FEATURE_UNAVAILABLE_ON_PLATFORM';

/** Node's code if its permission model denies something. Deno throws a `NotCapable` without one. */
const DENIED = 'ERR_ACCESS_DENIED';
/** The codes of a binary that is in place and can't be loaded. */
const IN_PLACE: readonly (string | undefined)[] = [
  'ERR_DLOPEN_DISABLED',
  'ERR_DLOPEN_FAILED',
  DENIED,
];

/** The cause is what Node threw; none if no package is published for the platform. */
export function unavailable(cause: unknown): Error {
  const code = codeOf(cause);
  const problem = IN_PLACE.includes(code)
    ? 'verify-workos-token could not load its native binary ('
    : 'verify-workos-token has no native binary for this platform (';
  const message =
    `${problem}${platform()}, Node ${process.versions.node}): ` +
    `${reasonOf(cause)}. ${likelyCauses(code, reasonOf(cause))}`;
  const options = cause === undefined ? undefined : { cause };
  return Object.assign(new Error(message, options), code !== undefined && { code });
}

function codeOf(cause: unknown): string | undefined {
  if (cause === undefined) return UNSUPPORTED;
  const { name, code } = Object(cause) as { name?: string; code?: string };
  return name === 'NotCapable' ? DENIED : code;
}

function reasonOf(cause: unknown): string {
  if (cause === undefined) return 'none is published for it';
  const line = String((Object(cause) as Partial<Error>).message ?? cause).split('\n', 1)[0];
  return line.replace(/\.$/, '');
}

function likelyCauses(code: string | undefined, reason: string): string {
  const name = `verify-workos-token-${platform()}`;
  switch (code) {
    case UNSUPPORTED:
      return 'There are packages for Linux (glibc and musl), macOS and Windows, on x64 and arm64.';
    case 'ERR_DLOPEN_DISABLED':
      return 'Node was started with --no-addons, or with --permission and without --allow-addons.';
    case DENIED:
      return (
        'The permission model denied it. Start Node with --allow-addons, and with --allow-fs-read ' +
        `for the folders of verify-workos-token and ${name}; Deno with --allow-ffi and --allow-read.`
      );
    case 'ERR_DLOPEN_FAILED':
      return causesOfFailedOpening(reason, name);
  }
  return (
    'Likely causes: optional dependencies were left out (--no-optional, --omit=optional); the ' +
    'lockfile or node_modules was made on another platform (delete both and install again); a ' +
    `bundler or an image left out ${name} (keep verify-workos-token external, such as with ` +
    "esbuild's --external:verify-workos-token, and install it where the program runs); or this " +
    'is a git checkout that has not been built (npm run build, which takes cargo).'
  );
}

/** The file is there, and the system's loader refuses it. */
function causesOfFailedOpening(reason: string, name: string): string {
  if (/GLIBC_[\d.]+/.test(reason)) {
    return 'The binary needs a newer glibc than this system has, 2.17 or newer: use a newer image.';
  }
  // Names of libraries: "musl" alone is part of the binary's own name.
  if (/\b(?:libc\.musl-|ld-musl-|ld-linux|libc\.so)|Error relocating/.test(reason)) {
    return (
      'The binary is for the other C library: node_modules was copied between a glibc and a musl ' +
      '(Alpine) system (delete it and install again).'
    );
  }
  if (/failed to map segment|not permitted/i.test(reason)) {
    return 'The folder is on a file system from which nothing may be executed (noexec).';
  }
  return (
    'The file is broken, cut off or for another processor: delete node_modules and install again, ' +
    `on the machine that runs it or for its platform, and let no tool rewrite the .node file of ${name}.`
  );
}
