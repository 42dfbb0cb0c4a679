// @ts-nocheck: written without types.
// Child processes that are asked by message and answer by message, one question at a time.
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** Far more than most questions take on a busy machine. */
const ANSWER_TIMEOUT_MS = 120_000;

/**
 * @param {string} file in this folder
 * @param {unknown} [input] its first question
 * @param {{ execArgv?: string[], execPath?: string }} [node] its options, and which one
 */
export async function startChild(file, input, { execArgv = [], execPath = process.execPath } = {}) {
  const program = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(program, { env: environment(), execArgv, execPath });
  const ask = (question, timeoutMs = ANSWER_TIMEOUT_MS) =>
    answerOf(child, file, question, timeoutMs);
  return { ask, ready: await ask(input ?? null), stop: () => stop(child) };
}

/** For the child: answers each question with what `answer` gives, or with what it throws. */
export function answerQuestions(answer) {
  process.on('message', async (question) => {
    try {
      process.send({ answer: (await answer(question)) ?? null });
    } catch (error) {
      process.send({ error: error instanceof Error ? (error.stack ?? error.message) : `${error}` });
    }
  });
  process.on('disconnect', () => process.exit());
}

/** So that nothing in the caller's environment changes what is measured. */
export function environment() {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(node_|npm_|workos_|(https?|no|all)_proxy$)/i.test(name),
  );
  return Object.fromEntries(kept);
}

function answerOf(child, file, question, timeoutMs) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => fail('no answer in time'), timeoutMs);
    const fail = (reason) => settle(reject, new Error(`${file}: ${reason}`));
    const onExit = (code) => fail(`ended with ${code}`);
    const onMessage = ({ answer, error }) =>
      error === undefined ? settle(resolve, answer) : fail(error);
    function settle(how, value) {
      clearTimeout(timer);
      child.off('exit', onExit).off('message', onMessage);
      how(value);
    }
    child.on('exit', onExit).on('message', onMessage);
    child.send(question);
  });
}

function stop(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  return ended;
}
