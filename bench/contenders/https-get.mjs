import { get } from 'node:https';

/** Fetches the key set over TLS and parses it: the least that a cold start can do. */
export function create({ jwksUrl }) {
  return () =>
    new Promise((resolve, reject) => {
      get(jwksUrl, (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (chunk) => {
          body += chunk;
        });
        response.on('end', () => resolve(JSON.parse(body)));
      }).on('error', reject);
    });
}
