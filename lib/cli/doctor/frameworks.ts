// Whether the configuration of frameworks and test runners suits a native addon.

import { type Finding, findingsOf } from './finding.ts';
import {
  type ConfigFile,
  configIn,
  configOf,
  dependencyOf,
  majorOf,
  type Project,
} from './project.ts';

const { ok, note, warn, fail } = findingsOf('project');

const NAME = 'verify-workos-token';

/** Next.js: docs/next.md. */
export function nextFindings(project: Project): Finding[] {
  if (dependencyOf(project, 'next') === undefined) return [];
  return [externalFinding(project), ...middlewareFindings(project)];
}

function externalFinding(project: Project): Finding {
  const config = configOf(project, 'next.config');
  const isOld = (majorOf(project, 'next') ?? 15) < 15;
  const option = isOld ? 'serverComponentsExternalPackages' : 'serverExternalPackages';
  if (config?.text.includes(option) && config.text.includes(NAME))
    return ok('next-external', 'Next.js', `${config.name} lists the package in ${option}`);
  const value = isOld ? `experimental: { ${option}: ['${NAME}'] }` : `${option}: ['${NAME}']`;
  const text = `route handlers need no configuration. If a page or server component verifies tokens, or to avoid warnings of webpack, add to next.config: ${value}`;
  return note('next-external', 'Next.js', text);
}

function middlewareFindings(project: Project): Finding[] {
  const file = configOf(project, 'middleware', 'src/middleware');
  if (file === undefined || !file.text.includes(NAME)) return [];
  if (/runtime['"]?\s*:\s*['"]nodejs['"]/.test(file.text))
    return [ok('next-middleware', file.name, 'runs in Node.js')];
  const step =
    'Verify tokens in the route handlers. With Next.js 16, rename the file to proxy, which runs in Node.js; with 15.5, set `runtime: "nodejs"` in its config.';
  return [fail('next-middleware', file.name, "runs at the edge, where a native addon can't", step)];
}

/** Jest: its jsdom environments ask for the `browser` condition, and get what only says so. */
export function jestFindings(project: Project): Finding[] {
  const config = configIn(project, 'jest') ?? configOf(project, 'jest.config', 'jest.config.json');
  if (dependencyOf(project, 'jest') === undefined && config === undefined) return [];
  const { name = '', text = '' }: Partial<ConfigFile> = config ?? {};
  if (!/testEnvironment['"]?\s*:\s*['"][^'"]*jsdom/.test(text))
    return [ok('jest-environment', 'Jest', 'runs tests in the environment of Node.js')];
  if (/customExportConditions['"]?\s*:\s*\[[^\]]*node/.test(text))
    return [ok('jest-environment', 'Jest', `${name} sets jsdom, with the conditions of Node.js`)];
  const step =
    'Begin the test files that verify tokens with /** @jest-environment node */, or set testEnvironment to node for them.';
  return [
    warn('jest-environment', 'Jest', `${name} sets jsdom, where a native addon can't run`, step),
  ];
}

/** NestJS compiles without bundling, unless it is told to use webpack, and leaves packages out then. */
export function nestFindings(project: Project): Finding[] {
  if (dependencyOf(project, '@nestjs/core') === undefined) return [];
  const settings = configOf(project, 'nest-cli.json')?.text ?? '';
  const usesWebpack = /"webpack"\s*:\s*true|"(?:builder|type)"\s*:\s*"webpack"/.test(settings);
  if (!usesWebpack) return [ok('nest', 'NestJS', 'compiles without bundling')];
  const config = configOf(project, 'webpack.config', 'webpack-hmr.config');
  const bundlesAll = /externals['"]?\s*:\s*\[\s*\]/.test(config?.text ?? '');
  if (!bundlesAll) return [ok('nest', 'NestJS', 'bundles with webpack, without the packages')];
  const step = `Keep the package out of the bundle, in ${config?.name}: externals: ['${NAME}']. Install it where the program runs.`;
  return [warn('nest', 'NestJS', `${config?.name} bundles all packages`, step)];
}

/** workerd has no native addons. */
export function workerFindings(project: Project): Finding[] {
  const config = configOf(project, 'wrangler.toml', 'wrangler.json', 'wrangler.jsonc');
  if (config === undefined) return [];
  const step =
    'Verify tokens in a service that runs in Node.js, or with a JavaScript library such as jose.';
  const text = "is for Cloudflare Workers, where a native addon can't run";
  return [warn('workers', config.name, text, step)];
}
