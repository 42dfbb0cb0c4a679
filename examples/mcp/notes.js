// The tools. What they get of the token was verified by server.js.
import { McpServer, requireScopes } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** By user: the `sub` of their tokens. */
const notes = new Map();

export function createNotes() {
  const server = new McpServer({ name: 'notes', version: '1.0.0' });

  server.registerTool(
    'list_notes',
    { description: 'Lists your notes', inputSchema: z.object({}) },
    (_input, { http }) => text(notesOf(http.authInfo).join('\n') || 'none'),
  );

  server.registerTool(
    'add_note',
    {
      description: 'Adds a note',
      inputSchema: z.object({ note: z.string() }),
      // A client without the scope gets a 403 that names both, and asks the user for them.
      scopeChallenge: requireScopes('notes:read', 'notes:write'),
    },
    ({ note }, { http }) => {
      notesOf(http.authInfo).push(note);
      return text(`added for ${http.authInfo.extra.claims.sub}`);
    },
  );

  return server;
}

function notesOf({ extra }) {
  const { sub } = extra.claims;
  if (!notes.has(sub)) notes.set(sub, []);
  return notes.get(sub);
}

function text(value) {
  return { content: [{ type: 'text', text: value }] };
}
