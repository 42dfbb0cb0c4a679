import { createPrivateKey, randomUUID, sign } from 'node:crypto';
import { once } from 'node:events';

const LINES = 200;

const { privateKey, kid, claims, count } = JSON.parse(process.argv[2]);
const key = { key: createPrivateKey(privateKey), dsaEncoding: 'ieee-p1363' };
const header = encode({ alg: 'ES256', kid });

for (let done = 0; done < count; done += LINES) {
  const lines = Array.from({ length: Math.min(LINES, count - done) }, mint);
  if (!process.stdout.write(`${lines.join('\n')}\n`)) await once(process.stdout, 'drain');
}

function mint() {
  const input = `${header}.${encode({ ...claims, jti: randomUUID() })}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

function encode(value) {
  return Buffer.from(JSON.stringify(value)).toString('base64url');
}
