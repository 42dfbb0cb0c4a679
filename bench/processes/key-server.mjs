// Serves the key set on loopback and counts the requests. With `?slow=<name>&delay=<ms>` the first
// request of that name is answered at once and every later one after the delay.
import { createServer } from 'node:http';
import { answerQuestions } from './child.mjs';

let body = '';
const counts = { requests: 0 };
const slow = new Map();
const server = createServer((request, response) => {
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
});

answerQuestions(async (question) => {
  if (question.keys !== undefined) {
    body = JSON.stringify({ keys: question.keys });
    await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { origin: `http://127.0.0.1:${server.address().port}` };
  }
  return question.waitsOf === undefined ? counts : (slow.get(question.waitsOf) ?? []);
});

/** Milliseconds by the clock that all processes of the machine share. */
function now() {
  return Number(process.hrtime.bigint()) / 1e6;
}
