// `node scripts/sbom.mjs <folder>`: what each binary is made of, in CycloneDX 1.6, one file for each
// platform package. Neither the time nor chance is in them: the same lock file gives the same files.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';
import { cratesIn, foreign, graphOfAll, nameOf } from './crates.mjs';
import { TEMPLATE } from './platform-package.mjs';
import { TARGETS } from './targets.mjs';
import { fail, root } from './tools.mjs';

/** @typedef {import('./crates.mjs').Crate} Crate */
/** @typedef {import('./crates.mjs').Graph} Graph */

const SPACE = 2;

if (process.argv[1] === import.meta.filename) {
  const folder = process.argv[2] ?? fail('usage: node scripts/sbom.mjs <folder>');
  const graph = graphOfAll();
  mkdirSync(folder, { recursive: true });
  for (const platform of Object.keys(TARGETS))
    writeFileSync(path.join(folder, `${packageName(platform)}.cdx.json`), sbom(platform, graph));
}

/**
 * The document for one platform package.
 *
 * @param {string} platform
 * @param {Graph} [graph]
 */
export function sbom(platform, graph = graphOfAll()) {
  const crates = cratesIn([platform], graph);
  const checksums = lockedChecksums();
  const components = new Map(crates.map((crate) => [crate.id, componentOf(crate, checksums)]));
  const bom = new Models.Bom();
  bom.metadata.component = packageComponent(platform);
  for (const crate of foreign(crates)) bom.components.add(the(components, crate.id));
  linkDependencies(bom, crates, components, graph);
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const serializer = new Serialize.JsonSerializer(factory);
  return `${serializer.serialize(bom, { sortLists: true, space: SPACE })}\n`;
}

/** @param {string} platform */
function packageName(platform) {
  return `verify-workos-token-${platform}`;
}

/** @param {string} platform */
function packageComponent(platform) {
  const { version, license } = JSON.parse(
    readFileSync(path.join(root, 'npm', TEMPLATE, 'package.json'), 'utf8'),
  );
  const name = packageName(platform);
  const purl = new PackageURL('npm', undefined, name, version, undefined, undefined).toString();
  const component = new Models.Component(Enums.ComponentType.Library, name, {
    version,
    purl,
    bomRef: purl,
  });
  component.licenses.add(licenseOf(license));
  return component;
}

/**
 * @param {Crate} crate
 * @param {Map<string, string>} checksums
 */
function componentOf(crate, checksums) {
  const { name, version, description, repository } = crate;
  const purl = new PackageURL('cargo', undefined, name, version, undefined, undefined).toString();
  const component = new Models.Component(Enums.ComponentType.Library, name, {
    version,
    purl,
    bomRef: purl,
    description: description?.trim(),
  });
  component.licenses.add(licenseOf(crate.license));
  const checksum = checksums.get(nameOf(crate));
  if (checksum !== undefined) component.hashes.set(Enums.HashAlgorithm['SHA-256'], checksum);
  if (repository) {
    const { VCS } = Enums.ExternalReferenceType;
    component.externalReferences.add(new Models.ExternalReference(repository, VCS));
  }
  return component;
}

/** Some crates still write a slash for OR. @param {string} license */
function licenseOf(license) {
  const expression = license.replaceAll('/', ' OR ');
  return / (?:OR|AND) /.test(expression)
    ? new Models.LicenseExpression(expression)
    : new Models.SpdxLicense(expression);
}

/**
 * What needs what, the crates of this repository taken together as the package that they become.
 *
 * @param {Models.Bom} bom
 * @param {Crate[]} crates
 * @param {Map<string, Models.Component>} components
 * @param {Graph} graph
 */
function linkDependencies(bom, crates, components, graph) {
  const ids = new Map(crates.map((crate) => [crate.id, crate]));
  for (const { id, deps } of graph.resolve.nodes.filter((node) => ids.has(node.id))) {
    const needs = deps.map(({ pkg }) => ids.get(pkg)).filter((crate) => crate?.source != null);
    const isForeign = ids.get(id)?.source != null;
    const from = isForeign ? the(components, id) : bom.metadata.component;
    for (const crate of needs) from?.dependencies.add(the(components, String(crate?.id)).bomRef);
  }
}

/**
 * @param {Map<string, Models.Component>} components
 * @param {string} id
 */
function the(components, id) {
  return components.get(id) ?? fail(`\`cargo metadata\` does not list ${id}.`);
}

/** Of each crate's file, by name and version. @returns {Map<string, string>} */
function lockedChecksums() {
  const entries = readFileSync(path.join(root, 'Cargo.lock'), 'utf8').split('[[package]]');
  const rows = entries.map((entry) => ({
    name: `${valueIn(entry, 'name')} ${valueIn(entry, 'version')}`,
    checksum: valueIn(entry, 'checksum'),
  }));
  return new Map(
    rows.filter(({ checksum }) => checksum !== '').map(({ name, checksum }) => [name, checksum]),
  );
}

/**
 * @param {string} entry
 * @param {string} key
 */
function valueIn(entry, key) {
  return new RegExp(`^${key} = "(.*)"$`, 'm').exec(entry)?.[1] ?? '';
}
