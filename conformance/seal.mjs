// Seals a session as WorkOS's SDKs do: AES-256-CBC and HMAC-SHA256, with keys from a password.
import { createCipheriv, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';

const KEY_BYTES = 32;
const IV_BYTES = 16;

/** @param {unknown} content @param {string} password */
export function seal(content, password) {
  const [salt, macSalt] = [randomBytes(KEY_BYTES), randomBytes(KEY_BYTES)].map((bytes) =>
    bytes.toString('hex'),
  );
  const iv = randomBytes(IV_BYTES);
  const key = (/** @type {string} */ of) => pbkdf2Sync(password, of, 1, KEY_BYTES, 'sha1');
  const cipher = createCipheriv('aes-256-cbc', key(salt), iv);
  const ciphertext = Buffer.concat([cipher.update(JSON.stringify(content)), cipher.final()]);
  const parts = ['Fe26.2', '1', salt, iv.toString('base64url'), ciphertext.toString('base64url')];
  const body = [...parts, ''].join('*');
  const mac = createHmac('sha256', key(macSalt)).update(body).digest('base64url');
  return `${body}*${macSalt}*${mac}~2`;
}
