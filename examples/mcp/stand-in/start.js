// The server with a stand-in for AuthKit, which grants at once what a client asks for, and a client.
import { createTestIssuer } from 'verify-workos-token/testing';
import { callTools } from './client.js';

const issuer = createTestIssuer();
await issuer.listen();
Object.assign(process.env, issuer.env);

await import('../server.js');
const url = process.env.MCP_URL ?? `http://127.0.0.1:${process.env.PORT ?? 3000}/mcp`;
await callTools(url);
console.log(`
The server goes on listening. Connect a client of your own to ${url},
such as the MCP Inspector: npx @modelcontextprotocol/inspector`);
