// One path in many spellings, for the guards: each is sent exactly as it stands.
import { once } from 'node:events';
import { request } from 'node:http';

/** Ways to spell `path` that some server, router or proxy may take for the same. */
export function spellingsOf(path: string): string[] {
  const [, first = '', ...others] = path.split('/');
  const rest = others.map((segment) => `/${segment}`).join('');
  const encoded = `%${first.charCodeAt(0).toString(16)}${first.slice(1)}`;
  const spellings = [
    path,
    `/${encoded}${rest}`,
    `/${encoded.replace('%', '%25')}${rest}`,
    `/${first.toUpperCase()}${rest}`,
    path.toUpperCase(),
    `/${path}`,
    `//${path}`,
    `/${first}/${rest}`,
    `${path}/`,
    `${path}//`,
    `/.${path}`,
    `/${first}/.${rest}`,
    `/foo/..${path}`,
    `/foo/%2e%2e${path}`,
    `/foo/%2E%2E%2f${path.slice(1)}`,
    `/%2e${path}`,
    `/${first}${rest.replace('/', '%2f')}`,
    `/${first}${rest.replace('/', '%252f')}`,
    `/${first}${rest.replace('/', '%5c')}`,
    `/%2f${path.slice(1)}`,
    `/%2f${first}${rest}`,
    `/${first}${rest.replace('/', '\\')}`,
    `\\${path.slice(1)}`,
    `/${first};a=b${rest}`,
    `${path};a=b`,
    `${path}?a=/about`,
    `/about?/..${path}`,
    `${path}#/about`,
    `${path}%00`,
    `${path}%20`,
    `${path}%3fa`,
    `${path}%23a`,
    `${path}/%`,
    `${path}.json`,
    `${path}/__data.json`,
    `/${encoded}${rest}/__data.json`,
    `http://localhost${path}`,
    `http://localhost/${encoded}${rest}`,
    `http://localhost/${path}`,
    `${first}${rest}`,
  ];
  return [...new Set(spellings)];
}

/** Status and body of the answer. A client that normalizes paths would hide what is tried here. */
export async function rawAnswer(
  origin: string,
  path: string,
  headers: Record<string, string | string[]> = {},
  { method = 'GET', body = '' } = {},
): Promise<{ status: number; body: string }> {
  const { hostname, port } = new URL(origin);
  const options = { hostname, port, path, method, headers: { connection: 'close', ...headers } };
  const [response] = await once(request(options).end(body), 'response');
  const text = Buffer.concat(await response.toArray()).toString();
  return { status: response.statusCode, body: text };
}
