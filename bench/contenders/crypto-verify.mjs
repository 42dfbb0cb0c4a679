import { createPublicKey, verify } from 'node:crypto';

// The signature alone, over a key that was parsed beforehand: nothing of the token is read.
export function create({ jwk }) {
  const key = createPublicKey({ key: jwk, format: 'jwk' });
  return (token) => {
    const end = token.lastIndexOf('.');
    const signature = Buffer.from(token.slice(end + 1), 'base64url');
    if (!verify('sha256', Buffer.from(token.slice(0, end)), key, signature)) throw REFUSED;
  };
}

const REFUSED = new Error('refused');
