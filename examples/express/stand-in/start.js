// The server with a stand-in for WorkOS, which it meets by its environment alone.
import { createServer } from 'node:http';
import { createTestIssuer } from 'verify-workos-token/testing';

const issuer = createTestIssuer();
await issuer.listen();
Object.assign(process.env, issuer.env);

const tokens = {
  '/member': () => issuer.sign({ org_id: 'org_acme' }),
  '/reader': () => issuer.sign({ org_id: 'org_acme', permissions: ['reports:read'] }),
  '/expired': () => issuer.expired(),
  '/forged': () => issuer.wrongKey(),
};
const desk = createServer(async (request, response) => {
  const sign = tokens[request.url];
  response.writeHead(sign ? 200 : 404).end(await sign?.());
});

desk.listen(0, '127.0.0.1', async () => {
  await import('../server.js');
  const url = `http://127.0.0.1:${process.env.PORT ?? 3000}`;
  console.log(`A stand-in plays WorkOS. Try:

  token=$(curl -s http://127.0.0.1:${desk.address().port}/reader)
  curl -i ${url}/me -H "Authorization: Bearer $token"
  curl -i ${url}/reports -H "Authorization: Bearer $token"

Other tokens: member (without the permission of /reports), expired, forged.
`);
});
