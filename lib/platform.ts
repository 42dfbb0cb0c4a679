// The name of the platform, with the C library that the process runs with.

const fileSystem = process.getBuiltinModule('node:fs');
const paths = process.getBuiltinModule('node:path');

/** The C library, or its loader, by the names that glibc gives them: libc.so.6, libc-2.31.so. */
const GLIBC = /^(?:libc\.so\.6|libc-2\.[\d.]+\.so|ld-linux[\w.-]*\.so\.\d+|ld-2\.[\d.]+\.so)$/;
/**
 * One file in musl: its loader is the library. Alpine names it by the loader; elsewhere that is a
 * link, and the kernel tells where it leads to: libc.so, a name under which glibc maps nothing.
 */
const MUSL = /^(?:ld-musl-[\w.-]+\.so\.1|libc\.musl-[\w.-]+\.so\.1|libc\.so)$/;

let knownPlatform: string | undefined;

/** The name of this platform's package, without its prefix. */
export function platform(): string {
  return (knownPlatform ??= nameFor(abi()));
}

export function nameFor(abi: string | undefined): string {
  const machine = `${process.platform}-${process.arch}`;
  return abi === undefined ? machine : `${machine}-${abi}`;
}

function abi(): string | undefined {
  if (process.platform === 'win32') return 'msvc';
  if (process.platform === 'linux') return libraryIn(memoryMaps()) ?? libraryReported();
  return undefined;
}

function memoryMaps(): string {
  try {
    return fileSystem.readFileSync('/proc/self/maps', 'latin1');
  } catch {
    return '';
  }
}

/**
 * The C library that a process runs with, by the text of its `/proc/self/maps`. Only code counts:
 * any file can be mapped as data. With code of both it is glibc's, since musl loads no glibc.
 * `undefined` if the text names neither.
 */
export function libraryIn(maps: string): 'gnu' | 'musl' | undefined {
  const names = maps.split('\n').flatMap(nameOfCode);
  if (names.some((name) => GLIBC.test(name))) return 'gnu';
  return names.some((name) => MUSL.test(name)) ? 'musl' : undefined;
}

/** The file name of a mapping that can be executed: address, permissions, offset, device, inode, path. */
function nameOfCode(line: string): string[] {
  const file = /^\S+ \S*x\S* \S+ \S+ \S+ +(\/.+)$/.exec(line)?.[1];
  // A file that was replaced under the running process, as by an upgrade.
  return file === undefined ? [] : [paths.posix.basename(file.replace(/ \(deleted\)$/, ''))];
}

interface Report {
  header: { glibcVersionRuntime?: string };
}

/** For when the maps can't be read. Ten times slower, and it looks at every worker thread. */
function libraryReported(): 'gnu' | 'musl' {
  try {
    const { header } = process.report.getReport() as unknown as Report;
    return header.glibcVersionRuntime === undefined ? 'musl' : 'gnu';
  } catch {
    return 'gnu';
  }
}
