// What is told of the binaries' crates: notices, the license of the platform packages, and the
// documents in CycloneDX; all of it held to the lock file.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type Crate,
  cratesIn,
  foreign,
  type Graph,
  graphOfAll,
  nameOf,
} from '../../scripts/crates.mjs';
import { NOTICES, notices, packageLicense, SEPARATOR } from '../../scripts/notices.mjs';
import { platforms, TEMPLATE } from '../../scripts/platform-package.mjs';
import { sbom } from '../../scripts/sbom.mjs';
import { root } from '../support/guides.js';

const textOf = (...parts: string[]) => readFileSync(path.join(root, ...parts), 'utf8');
const hasCargo = spawnSync('cargo', ['--version']).status === 0;

let graph: Graph;
let crates: Crate[];

// Where a binary is tested that was built elsewhere, there is no cargo.
describe.runIf(hasCargo)('of the crates in the binaries', () => {
  beforeAll(() => {
    graph = graphOfAll();
    crates = foreign(cratesIn(platforms(), graph));
  }, 60_000);

  it('the notices are what `npm run notices` writes', () => {
    expect(readFileSync(NOTICES, 'utf8')).toBe(notices(crates));
  });

  it('the notices list each with its version in the lock file, and nothing else', () => {
    const rows = [...textOf('npm', 'THIRD-PARTY-NOTICES.txt').matchAll(/^- (\S+ \d\S*) \(/gm)];
    const listed = rows.map(([, name]) => name as string);
    expect(listed).toEqual(crates.map(nameOf));
    for (const name of listed) expect(locked()).toContain(name);
  });

  it('the notices have a text for each', () => {
    const [, ...sections] = textOf('npm', 'THIRD-PARTY-NOTICES.txt').split(`\n${SEPARATOR}\n`);
    const heads = sections.map((section) => section.split('\n\n', 1)[0] ?? '');
    expect(heads.join('\n').split('\n').sort()).toEqual(
      [...crates.map(nameOf), 'The Rust standard library'].sort(),
    );
    for (const section of sections) expect(section).toMatch(/WARRANT(?:Y|IES)/i);
  });

  it.each(['aws-lc-sys', 'rustls', 'napi', 'tokio', 'hyper', 'windows-sys'])(
    '%s is one',
    (name) => {
      expect(crates.map((crate) => crate.name)).toContain(name);
    },
  );

  it.each(['syn', 'napi-derive', 'cc', 'proptest', 'criterion', 'ring'])('%s is none', (name) => {
    expect(crates.map((crate) => crate.name)).not.toContain(name);
  });

  it('the license of the platform packages is this one and theirs', () => {
    const { license } = JSON.parse(textOf('npm', TEMPLATE, 'package.json'));
    expect(license).toBe(packageLicense(crates));
    expect(license).toBe('MIT AND Apache-2.0 AND BSD-3-Clause AND ISC AND Zlib');
  });

  it('a choice of licenses is made once, and a conjunction is kept whole', () => {
    const crate = (license: string) => ({ ...(crates[0] as Crate), license });
    const of = (...licenses: string[]) => packageLicense(licenses.map(crate));
    expect(of('MIT/Apache-2.0')).toBe('MIT');
    expect(of('Apache-2.0 OR ISC')).toBe('MIT AND ISC');
    expect(of('ISC AND (Apache-2.0 OR BSD-3-Clause)', 'Zlib')).toBe(
      'MIT AND BSD-3-Clause AND ISC AND Zlib',
    );
    expect(of('Unicode-3.0')).toBe('MIT AND Unicode-3.0');
    expect(of('GPL-3.0 OR Apache-2.0')).toBe('MIT AND Apache-2.0');
  });

  it('the licenses are those that deny.toml allows', () => {
    const allowed = /^allow = \[([^\]]*)\]/m.exec(textOf('deny.toml'))?.[1]?.match(/[\w.-]+/g);
    for (const name of packageLicense(crates).split(' AND ')) expect(allowed).toContain(name);
  });

  it.each(platforms())(
    'the document of %s is valid CycloneDX 1.6, and the same each time',
    async (platform) => {
      const text = sbom(platform, graph);
      await expect(
        new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text),
      ).resolves.toBeNull();
      expect(sbom(platform, graph)).toBe(text);
      const { metadata, components, dependencies } = JSON.parse(text);
      expect(metadata.component.purl).toBe(`pkg:npm/verify-workos-token-${platform}@0.1.0`);
      const own = foreign(cratesIn([platform], graph)).map(nameOf);
      const listed = components.map((each: { name: string; version: string }) => nameOf(each));
      expect(listed.sort()).toEqual(own.sort());
      for (const { hashes } of components) expect(hashes[0].content).toMatch(/^[0-9a-f]{64}$/);
      const reached = new Set<string>();
      const visit = (ref: string) => {
        if (reached.has(ref)) return;
        reached.add(ref);
        const found = dependencies.find((each: { ref: string }) => each.ref === ref);
        for (const next of found?.dependsOn ?? []) visit(next);
      };
      visit(metadata.component['bom-ref']);
      expect(reached.size).toBe(components.length + 1);
    },
  );

  it('only those for Windows hold windows-sys', () => {
    const holds = platforms().filter((platform) => sbom(platform, graph).includes('windows-sys'));
    expect(holds).toEqual(['win32-x64-msvc', 'win32-arm64-msvc']);
  });
});

function locked(): string[] {
  const entries = textOf('Cargo.lock').matchAll(/^name = "(.*)"\nversion = "(.*)"$/gm);
  return [...entries].map(([, name, version]) => `${name} ${version}`);
}
