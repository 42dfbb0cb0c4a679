// Seals of any text and in any form, which no library would write.
import { createCipheriv, createHmac, pbkdf2Sync } from 'node:crypto';

export const PASSWORD = 'a cookie password for the tests, long enough';

export interface Form {
  password?: string;
  id?: string;
  salt?: string;
  macSalt?: string;
  expiry?: string | number;
  suffix?: string;
}

export function seal(content: unknown, form: Form = {}): string {
  const { password = PASSWORD, id = '1', expiry = '', suffix = '~2' } = form;
  const { salt = '0a'.repeat(32), macSalt = 'b1'.repeat(32) } = form;
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  const iv = Buffer.alloc(16, 7);
  const cipher = createCipheriv('aes-256-cbc', derive(password, salt), iv);
  const ciphertext = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  const parts = ['Fe26.2', id, salt, iv.toString('base64url'), ciphertext.toString('base64url')];
  const body = [...parts, expiry].join('*');
  const mac = createHmac('sha256', derive(password, macSalt)).update(body).digest('base64url');
  return `${body}*${macSalt}*${mac}${suffix}`;
}

function derive(password: string, salt: string): Buffer {
  return pbkdf2Sync(password, salt, 1, 32, 'sha1');
}
