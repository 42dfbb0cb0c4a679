// The repository's own address, in what is published. Only a release knows it, from its environment,
// so that nothing in the repository can name another one.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

const VARIABLE = 'REPOSITORY_URL';
/** Without what a link would be wrong with: a slash at the end, `.git`, a query. */
const ADDRESS = /^https:\/\/[\w.-]+(?:\/[\w.-]+){2,}(?<!\.git)$/;

/** `https://<host>/<owner>/<name>`, or `undefined` outside of a release. */
export function repositoryAddress(environment = process.env) {
  const address = environment[VARIABLE];
  if (address === undefined || address === '') return undefined;
  if (!ADDRESS.test(address)) throw new Error(`${VARIABLE} is not https://<host>/<owner>/<name>`);
  return address;
}

/**
 * Names the repository in a package's manifest, and makes the relative links of its README
 * absolute: npm's page of a package has no other files.
 *
 * @param {string} folder the package as it is packed
 * @param {string} address
 * @param {string} [directory] where the package is in the repository
 */
export function writeAddresses(folder, address, directory) {
  const file = path.join(folder, 'package.json');
  const manifest = JSON.parse(readFileSync(file, 'utf8'));
  manifest.repository = {
    type: 'git',
    url: `git+${address}.git`,
    ...(directory === undefined ? {} : { directory }),
  };
  manifest.homepage = `${address}#readme`;
  manifest.bugs = { url: `${address}/issues` };
  writeFileSync(file, `${JSON.stringify(manifest, null, 2)}\n`);
  const readme = path.join(folder, 'README.md');
  const version = `v${manifest.version}`;
  writeFileSync(readme, withAbsoluteLinks(readFileSync(readme, 'utf8'), address, version));
}

/**
 * Links to the tag of the release, so that they show the docs of that version.
 *
 * @param {string} text
 * @param {string} address
 * @param {string} version
 */
export function withAbsoluteLinks(text, address, version) {
  const relative = /(!?)\[((?:\\.|[^\]\\])*)\]\((?!https?:|mailto:|#)([^)\s]+)\)/g;
  return text.replaceAll(relative, (_, image, label, target) => {
    const view = image === '' ? 'blob' : 'raw';
    return `${image}[${label}](${address}/${view}/${version}/${target})`;
  });
}
