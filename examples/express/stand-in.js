import { Router } from 'express';
import { createTestIssuer } from 'verify-workos-token/testing';

/**
 * An issuer inside this process, in the place of WorkOS. There is none where WORKOS_CLIENT_ID is
 * set, nor in production: its tokens can then be neither had nor used.
 */
export async function startStandIn() {
  if (process.env.WORKOS_CLIENT_ID || process.env.NODE_ENV === 'production') return undefined;
  const issuer = createTestIssuer();
  await issuer.listen();
  const signIn = Router();
  for (const [name, sign] of Object.entries(tokens(issuer)))
    signIn.get(`/${name}`, async (_req, res) => res.type('text').send(await sign()));
  return { options: issuer.options, signIn, invitation };
}

const tokens = (issuer) => ({
  member: () => issuer.sign({ org_id: 'org_acme' }),
  reader: () => issuer.sign({ org_id: 'org_acme', permissions: ['reports:read'] }),
  expired: () => issuer.expired(),
  forged: () => issuer.wrongKey(),
});

const invitation = (
  url,
) => `Listening at ${url}, with a stand-in for WorkOS, since WORKOS_CLIENT_ID is not set. Try:

  token=$(curl -s ${url}/stand-in/reader)
  curl -i ${url}/me -H "Authorization: Bearer $token"
  curl -i ${url}/reports -H "Authorization: Bearer $token"

Other tokens: member (without the permission of /reports), expired, forged.
`;
