// The servers of the guides, each as its file stands there, in a process of its own with a WorkOS of its
// own.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { createTestIssuer, type TestClaims } from 'verify-workos-token/testing';
import { type Block, blocksOf, RECIPE_PAGES, writeBlocks } from './docs.js';
import { createProject, freePort, type RunningServer, run, startServer } from './project.js';

/** The guide whose blocks in TypeScript are for Next: they run in `recipes-next.test.ts`. */
export const NEXT_PAGE = 'server-setup.md';

const isFile = ({ name }: Block) => /\.[jt]s$/.test(name);
const isJavaScript = ({ name }: Block) => name.endsWith('.js');

/** What starts a file that only exports an application. */
const DRIVERS: Record<string, string> = {
  'other-frameworks/fastify.js': 'await app.listen({ port: process.env.PORT });',
  'other-frameworks/koa.js': 'app.listen(process.env.PORT);',
  'fetch-handlers/hono.js':
    "(await import('@hono/node-server')).serve({ fetch: app.fetch, port: +process.env.PORT });",
};

export interface Recipe {
  origin: string;
  server: RunningServer;
  sign(claims?: TestClaims): Promise<string>;
  forge(): Promise<string>;
  /** Makes the keys unavailable, and available again. */
  outage(isOn: boolean): Promise<void>;
  stop(): Promise<void>;
}

/** Installed, with all files of the guides. */
export async function createRecipes(): Promise<string> {
  const project = await createProject('recipes');
  for (const page of [...RECIPE_PAGES, 'fetch-handlers.md']) {
    writeBlocks(
      blocksOf(page).filter(page === NEXT_PAGE ? isJavaScript : isFile),
      path.join(project, folderOf(page)),
    );
  }
  for (const [file, listen] of Object.entries(DRIVERS)) {
    const text = `import { app } from './${path.basename(file)}';\n${listen}\n`;
    writeFileSync(path.join(project, driverOf(file)), text);
  }
  return project;
}

/**
 * Makes JavaScript of what is TypeScript. Yoga declares in which form all `GraphQLError`s carry headers, and Apollo's is another: who uses one of
 * them never sees the other's.
 */
export async function compileRecipes(project: string): Promise<void> {
  const tsc = path.join('node_modules', 'typescript', 'bin', 'tsc');
  const programs = { yoga: '**/apollo*.ts', apollo: '**/yoga.ts' };
  await Promise.all(
    Object.entries(programs).map(async ([name, exclude]) => {
      const config = { extends: './tsconfig.json', exclude: ['node_modules', exclude] };
      const file = path.join(project, `tsconfig.${name}.json`);
      writeFileSync(file, JSON.stringify(config));
      await run(project, process.execPath, [tsc, '--project', file]);
    }),
  );
}

/** Begins with an outage, so that no key has been fetched before the first request. */
export async function startRecipe(project: string, file: string): Promise<Recipe> {
  const issuer = createTestIssuer();
  await issuer.listen();
  await issuer.outage('status-500');
  const { hostname, port, origin: issuerOrigin } = new URL(issuer.jwksUrl as string);
  const iss = `${issuerOrigin}/user_management/${issuer.clientId}`;
  const PORT = String(await freePort());
  const origin = `http://localhost:${PORT}`;
  const environment = {
    WORKOS_CLIENT_ID: issuer.clientId,
    WORKOS_API_HOSTNAME: hostname,
    WORKOS_API_PORT: port,
    WORKOS_API_HTTPS: 'false',
    NODE_ENV: 'production',
    NO_COLOR: '1',
    PORT,
  };
  const args = [file in DRIVERS ? driverOf(file) : file.replace(/\.ts$/, '.js')];
  const server = await startServer(
    project,
    process.execPath,
    args,
    `tcp://localhost:${PORT}`,
    environment,
  );
  return {
    origin,
    server,
    sign: (claims = {}) => issuer.sign({ iss, sub: 'user_1', ...claims }),
    forge: () => issuer.wrongKey(),
    outage: (isOn) => issuer.outage(isOn ? 'status-500' : null),
    async stop() {
      await server.stop();
      await issuer.close();
    },
  };
}

function folderOf(page: string): string {
  return page.replace('.md', '');
}

function driverOf(file: string): string {
  return file.replace('.js', '.driver.mjs');
}
