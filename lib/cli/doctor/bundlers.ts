// Whether bundlers leave the package out. It may be bundled to ES modules if its binary comes along;
// esbuild's CommonJS can't take it.

import { type Finding, findingsOf } from './finding.ts';
import {
  type ConfigFile,
  configIn,
  configOf,
  dependencyOf,
  type Project,
  scriptsOf,
} from './project.ts';

const { ok, note, warn } = findingsOf('project');

const NAME = 'verify-workos-token';

export function bundlerFindings(project: Project): Finding[] {
  return [
    ...esbuildFindings(project),
    ...libraryBundlerFindings(project, 'tsup'),
    ...libraryBundlerFindings(project, 'tsdown'),
    ...webpackFindings(project),
    ...rollupFindings(project),
    ...viteFindings(project),
  ];
}

/** A call in a script of package.json, or in one of the files that people keep it in. */
function esbuildFindings(project: Project): Finding[] {
  const script = scriptsOf(project)
    .filter(({ text }) => /\besbuild\b.*--bundle/.test(text))
    .map(({ name, text }) => ({ name: `the script ${name}`, text }));
  const file = configOf(project, 'esbuild.config', 'esbuild', 'build');
  const isCall =
    file !== undefined && /esbuild/.test(file.text) && /bundle\s*:\s*true/.test(file.text);
  return [...script, ...(isCall ? [file] : [])].map(esbuildFinding);
}

function esbuildFinding({ name, text }: ConfigFile): Finding {
  const id = 'esbuild';
  const isExternal =
    text.includes(NAME) || /--packages=external|packages\s*:\s*['"]external['"]/.test(text);
  if (isExternal) return ok(id, id, `${name} leaves the package out of the bundle`);
  const isEsModule = /--format=esm|format\s*:\s*['"]esm['"]/.test(text);
  const message = `${name} bundles the package`;
  const step = `Keep it out with --external:${NAME} (external: ['${NAME}']), and install it where the program runs.`;
  return isEsModule
    ? note(id, id, `${message}. ${step}`)
    : warn(id, id, `${message} to CommonJS, which can't load its binary`, step);
}

/** They leave out what package.json lists as a dependency of what is built. */
function libraryBundlerFindings(project: Project, tool: 'tsup' | 'tsdown'): Finding[] {
  const isUsed = scriptsOf(project).some(({ text }) => new RegExp(`\\b${tool}\\b`).test(text));
  const config =
    configOf(project, `${tool}.config`, `${tool}.config.json`) ?? configIn(project, tool);
  if (!isUsed && config === undefined) return [];
  const field = dependencyOf(project, NAME)?.field;
  const isForced = new RegExp(`noExternal['"]?\\s*:\\s*\\[[^\\]]*(?:${NAME}|/\\.)`).test(
    config?.text ?? '',
  );
  const isNamed = new RegExp(`(?<!no)[eE]xternal['"]?\\s*:\\s*\\[[^\\]]*${NAME}`).test(
    config?.text ?? '',
  );
  if (isNamed || (!isForced && field !== undefined && field !== 'devDependencies'))
    return [ok(tool, tool, 'leaves the package out of the bundle')];
  const step = `List ${NAME} in dependencies, and in external of ${config?.name ?? `${tool}.config`}.`;
  return [warn(tool, tool, 'bundles the package', step)];
}

/** NestJS's own use of webpack is looked at with NestJS. */
function webpackFindings(project: Project): Finding[] {
  const config = configOf(project, 'webpack.config');
  if (config === undefined || dependencyOf(project, '@nestjs/core') !== undefined) return [];
  return [external('webpack', config, /node-?externals/i, `externals: ['${NAME}']`)];
}

function rollupFindings(project: Project): Finding[] {
  const config = configOf(project, 'rollup.config', 'rolldown.config');
  if (config === undefined) return [];
  const isRollup = config.name.startsWith('rollup');
  // Rollup alone bundles no packages.
  if (isRollup && !/node-resolve/.test(config.text))
    return [ok('rollup', 'Rollup', 'leaves packages out of the bundle')];
  return [external('rollup', config, /node-?externals/i, `external: ['${NAME}']`)];
}

/** A server's build leaves packages out, unless it is told otherwise. */
function viteFindings(project: Project): Finding[] {
  const config = configOf(project, 'vite.config');
  const isForced = /noExternal['"]?\s*:\s*(?:true|\/|\[[^\]]*(?:verify-workos-token|\/\.))/;
  if (config === undefined || !isForced.test(config.text)) return [];
  const text = config.text.replace(isForced, '');
  return [external('vite', { ...config, text }, /(?!)/, `ssr: { external: ['${NAME}'] }`)];
}

function external(id: string, { name, text }: ConfigFile, others: RegExp, option: string): Finding {
  if (text.includes(NAME) || others.test(text))
    return ok(id, name, 'leaves the package out of the bundle');
  const message = `bundles the package. That works only if its binary comes along: better keep it out, with ${option}, and install it where the program runs`;
  return note(id, name, message);
}
