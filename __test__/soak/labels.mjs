// @ts-nocheck: written without types.
// Whether the truth about the tokens (tokens.mjs) is true: with another library's eyes (jose).
import { decodeProtectedHeader, importJWK, jwtVerify } from 'jose';
import { groupBy } from './chance.mjs';

/** jose's code and claim, by ours. */
const FAULTS = {
  TOKEN_EXPIRED: 'ERR_JWT_EXPIRED exp',
  INVALID_AUDIENCE: 'ERR_JWT_CLAIM_VALIDATION_FAILED aud',
  INVALID_ISSUER: 'ERR_JWT_CLAIM_VALIDATION_FAILED iss',
};

/**
 * The labels that are wrong. A signature is good under one key: the one that is told is tried first,
 * then those of its name, and then all of its source. One of nobody is tried under those of its name.
 *
 * @param {{ clientId: string, issuer: string, tokens: object[], keys: object[] }} history
 */
export async function wrongLabels({ clientId, issuer, tokens, keys }) {
  const options = { issuer, audience: clientId, clockTolerance: 5 };
  const imported = await Promise.all(keys.map(async (key) => [key, await importJWK(key.jwk)]));
  const bySource = groupBy(imported, ([{ source }]) => source);
  const wrong = [];
  for (const [index, truth] of tokens.entries()) {
    if (truth.text === undefined || truth.always !== undefined) continue;
    const { source, text, kid, signer, fault } = truth;
    const rank = ([key]) => (key.id === signer ? 0 : key.kid === kid ? 1 : 2);
    const own = bySource[source].filter((one) => signer !== undefined || rank(one) < 2);
    own.sort((one, other) => rank(one) - rank(other));
    const found = await readBy(own, text, options);
    const asked = { kid, signer, fault: FAULTS[fault] ?? fault };
    if (JSON.stringify(found) !== JSON.stringify(asked)) {
      wrong.push(`token ${index}: ${JSON.stringify(found)}, not ${JSON.stringify(asked)}`);
    }
  }
  return wrong;
}

/** The kid, the key whose signature it bears, and what is wrong with its claims. */
async function readBy(keys, text, options) {
  const { kid } = decodeProtectedHeader(text);
  for (const [{ id }, key] of keys) {
    const fault = await jwtVerify(text, key, options).then(
      ({ payload }) => (payload.sub ? undefined : 'INVALID_SUBJECT'),
      ({ code, claim }) => (claim === undefined ? code : `${code} ${claim}`),
    );
    if (fault !== 'ERR_JWS_SIGNATURE_VERIFICATION_FAILED') return { kid, signer: id, fault };
  }
  return { kid };
}
