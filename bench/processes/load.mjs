// Keeps 32 connections busy, one request at a time on each, with as little work of its own as it
// can: requests are bytes made beforehand, and of an answer only its status and length are read.
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { percentile } from '../report/statistics.mjs';
import { answerQuestions } from './child.mjs';

const CONNECTIONS = 32;
const HOT_TOKENS = 100;

const requests = {};
const next = { good: 0, hot: 0 };

answerQuestions(async (question) => {
  if (question.tokensFile !== undefined) return prepare(question.tokensFile);
  return load(question);
});

function prepare(tokensFile) {
  const { good } = JSON.parse(readFileSync(tokensFile, 'utf8'));
  requests.good = good.map((token) =>
    Buffer.from(`GET / HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n\r\n`),
  );
  requests.hot = requests.good.slice(0, HOT_TOKENS);
}

async function load({ port, tokens, milliseconds }) {
  const latencies = [];
  const start = performance.now();
  const until = start + milliseconds;
  const nextRequest = () => requests[tokens][next[tokens]++ % requests[tokens].length];
  await Promise.all(
    Array.from({ length: CONNECTIONS }, () => keepBusy(port, until, nextRequest, latencies)),
  );
  const seconds = (performance.now() - start) / 1_000;
  latencies.sort((a, b) => a - b);
  const [p50, p99] = [0.5, 0.99].map((share) => percentile(latencies, share));
  return { count: latencies.length, seconds, p50, p99 };
}

function keepBusy(port, until, nextRequest, latencies) {
  return new Promise((resolve, reject) => {
    let sent = 0;
    let received = '';
    const socket = connect(port, '127.0.0.1').setNoDelay();
    const send = () => {
      sent = performance.now();
      socket.write(nextRequest());
    };
    socket.once('connect', send).on('error', reject);
    socket.on('close', () => reject(new Error('the server closed a connection')));
    socket.setEncoding('latin1').on('data', (text) => {
      received += text;
      if (!isWhole(received)) return;
      if (!received.startsWith('HTTP/1.1 200 '))
        return reject(new Error(received.split('\r\n')[0]));
      received = '';
      const now = performance.now();
      latencies.push(now - sent);
      if (now < until) return send();
      socket.removeAllListeners('close').destroy();
      resolve();
    });
  });
}

function isWhole(received) {
  const head = received.indexOf('\r\n\r\n');
  if (head < 0) return false;
  const length = Number(/^content-length: (\d+)/im.exec(received)?.[1]);
  return received.length >= head + 4 + length;
}
