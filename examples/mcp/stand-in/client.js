// A client that knows nothing but the server's URL. It finds the authorization server, registers, and
// asks for more scopes when a tool needs them.
import {
  Client,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from '@modelcontextprotocol/client';

const REDIRECT_URL = 'http://127.0.0.1:9/callback';

export async function callTools(url) {
  const provider = createProvider();
  console.log('list_notes:', await call(url, provider, 'list_notes', {}));
  console.log('add_note:', await call(url, provider, 'add_note', { note: 'Buy milk' }));
  console.log('list_notes:', await call(url, provider, 'list_notes', {}));
}

/** Once more after an authorization, with a new connection. */
async function call(url, provider, name, input) {
  for (;;) {
    const client = new Client({ name: 'example-client', version: '1.0.0' });
    const transport = new StreamableHTTPClientTransport(new URL(url), { authProvider: provider });
    try {
      await client.connect(transport);
      const { content } = await client.callTool({ name, arguments: input });
      return content[0].text;
    } catch (error) {
      if (!(error instanceof UnauthorizedError)) throw error;
      await transport.finishAuth(await provider.takeCode());
    } finally {
      await client.close();
    }
  }
}

/** Keeps everything in memory. The stand-in redirects at once, so that no browser is needed. */
function createProvider() {
  const kept = {};
  let code;
  return {
    redirectUrl: REDIRECT_URL,
    clientMetadata: {
      client_name: 'example-client',
      redirect_uris: [REDIRECT_URL],
      token_endpoint_auth_method: 'none',
    },
    clientInformation: () => kept.client,
    saveClientInformation: (client) => {
      kept.client = client;
    },
    discoveryState: () => kept.discovery,
    saveDiscoveryState: (discovery) => {
      kept.discovery = discovery;
    },
    tokens: () => kept.tokens,
    saveTokens: (tokens) => {
      kept.tokens = tokens;
      console.log('The stand-in granted:', tokens.scope);
    },
    codeVerifier: () => kept.verifier,
    saveCodeVerifier: (verifier) => {
      kept.verifier = verifier;
    },
    async redirectToAuthorization(authorizationUrl) {
      const response = await fetch(authorizationUrl, { redirect: 'manual' });
      code = new URL(response.headers.get('location')).searchParams.get('code');
    },
    takeCode: () => code,
  };
}
