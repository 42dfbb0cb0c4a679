import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import express from 'express';
import { createMcpResource } from 'verify-workos-token/mcp';
import { createNotes } from './notes.js';

const port = Number(process.env.PORT ?? 3000);

// The AuthKit domain comes from WORKOS_AUTHKIT_DOMAIN.
const mcp = createMcpResource({
  // This server's URL as clients call it, and as the WorkOS dashboard knows it.
  resource: process.env.MCP_URL ?? `http://127.0.0.1:${port}/mcp`,
  // What every request needs. A tool may need more.
  scopes: ['notes:read'],
  scopesSupported: ['notes:read', 'notes:write'],
  resourceName: 'Notes',
});

const app = express();
app.use(mcp.metadataHandler());
app.all('/mcp', mcp.requireToken(), toNodeHandler(createMcpHandler(createNotes)));

app.listen(port, '127.0.0.1', (error) => {
  if (error) throw error;
  console.log(`Listening at ${mcp.metadata.resource}`);
});
