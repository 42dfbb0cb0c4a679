// Serves the key set on loopback, over TLS where it gets a certificate, and counts the requests. With `?slow=<name>&delay=<ms>` the first
// request of that name is answered at once and every later one after the delay.
import { createServer } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { answerQuestions } from './child.mjs';

let body = '';
const counts = { requests: 0 };
const slow = new Map();
function respond(request, response) {
  counts.requests += 1;
  const { searchParams } = new URL(request.url, 'http://localhost');
  const answer = () => {
    response.setHeader('Content-Type', 'application/json');
    response.end(body);
  };
  const name = searchParams.get('slow');
  if (name === null) return answer();
  const waits = slow.get(name);
  if (waits === undefined) {
    slow.set(name, []);
    return answer();
  }
  const wait = { from: now(), until: null };
  waits.push(wait);
  setTimeout(
    () => {
      wait.until = now();
      answer();
    },
    Number(searchParams.get('delay')),
  );
}

answerQuestions(async (question) => {
  if (question.keys !== undefined) {
    body = JSON.stringify({ keys: question.keys });
    const { identity } = question;
    const server = identity ? createTlsServer(identity, respond) : createServer(respond);
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address();
    return { origin: identity ? `https://localhost:${port}` : `http://127.0.0.1:${port}` };
  }
  return question.waitsOf === undefined ? counts : (slow.get(question.waitsOf) ?? []);
});

/** Milliseconds by the clock that all processes of the machine share. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}
