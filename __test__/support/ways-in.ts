import { expect } from 'vitest';
import {
  createWorkosVerifier,
  verifyWorkosToken,
  type WorkosTokenOptions,
} from 'verify-workos-token';
import { refusal, refusalSync } from './refusal.js';

/** What a token comes to by each of the three ways in, and in either profile, which must agree. */
export function waysIn({ clientId, ...rest }: WorkosTokenOptions & { readonly clientId: string }) {
  const options = { clientId, ...rest };
  const verifier = createWorkosVerifier(options);
  const issuer = `https://api.workos.com/user_management/${clientId}`;
  const connect = createWorkosVerifier({ ...rest, profile: 'connect', issuer, audience: clientId });
  return {
    /** The code of its refusal. */
    async codeOf(token: unknown): Promise<string> {
      const text = token as string;
      const errors = [
        await refusal(() => verifyWorkosToken(text, options)),
        await refusal(() => verifier.verify(text)),
        refusalSync(() => verifier.verifySync(text)),
        await refusal(() => connect.verify(text)),
      ];
      const [first, ...others] = errors.map(({ code, message }) => `${code}: ${message}`);
      expect(others).toEqual([first, first, first]);
      return errors[0]?.code as string;
    },

    /** Its claims. */
    async claimsOf(token: string) {
      const claims = await verifyWorkosToken(token, options);
      expect(await verifier.verify(token)).toEqual(claims);
      expect(verifier.verifySync(token)).toEqual(claims);
      return claims;
    },
  };
}
