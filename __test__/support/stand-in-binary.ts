// The first bytes of each platform's binary, and what else a release looks for in one: those of other
// platforms can't be built here.

const ENTRY = '\0napi_register_module_v1\0';
const PROCESSORS: Record<string, Record<string, number>> = {
  linux: { x64: 62, arm64: 183 },
  darwin: { x64: 0x01000007, arm64: 0x0100000c },
  win32: { x64: 0x8664, arm64: 0xaa64 },
};
const HEADERS: Record<string, (processor: number) => Buffer> = { linux, darwin, win32 };
const PE_START = 64;

/** With the text at its end, among what a linker would leave there. */
export function standInBinary(platform: string, text = ''): Buffer {
  const [system = '', processor = '', library] = platform.split('-');
  const header = HEADERS[system]?.(PROCESSORS[system]?.[processor] ?? 0) ?? Buffer.alloc(0);
  const glibc = library === 'gnu' ? '\0GLIBC_2.2.5\0GLIBC_2.17\0' : '';
  const name = system === 'darwin' ? '\0@rpath/verify-workos-token.node\0' : '';
  return Buffer.concat([header, Buffer.from(`${ENTRY}${glibc}${name}${text}\0`, 'latin1')]);
}

function linux(processor: number): Buffer {
  const header = Buffer.alloc(64);
  header.write('\x7fELF\x02\x01', 'latin1');
  header.writeUInt16LE(3, 16);
  header.writeUInt16LE(processor, 18);
  return header;
}

function darwin(processor: number): Buffer {
  const header = Buffer.alloc(32);
  header.writeUInt32LE(0xfeedfacf, 0);
  header.writeUInt32LE(processor, 4);
  header.writeUInt32LE(6, 12);
  return header;
}

function win32(processor: number): Buffer {
  const header = Buffer.alloc(PE_START + 24);
  header.write('MZ', 'latin1');
  header.writeUInt32LE(PE_START, 60);
  header.write('PE\0\0', PE_START, 'latin1');
  header.writeUInt16LE(processor, PE_START + 4);
  header.writeUInt16LE(0x2022, PE_START + 22);
  return header;
}
